// Hand in reports, watch them, open them. A few jobs are followed live, the rest are looked at now and then.
const LIVE = 3; // connections that stay open: browsers allow six to one host
const jobs = new Map();
const followed = new Map();
let following = null; // where the next page of jobs begins
let fresh = true;

async function handIn(name, options) {
  try {
    const answer = await ask("/v1/extractions" + (options.query ?? ""), { method: "POST", ...options });
    if (!answer.ok) { complain(name, await wordsOf(answer)); return; }
    take(await answer.json());
    announce(say("handed_in"));
  } catch { complain(name, say("e_offline")); }
}
async function handInFiles(files) {
  byId("problems").replaceChildren();
  for (const file of files) {
    const form = new FormData();
    form.append("file", file, file.name);
    await handIn(file.name, { body: form });
  }
}
byId("hand-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("pasted").value;
  byId("problems").replaceChildren();
  if (!text.trim()) { complain("", say("e_nothing")); byId("pasted").focus(); return; }
  byId("send").disabled = true;
  const name = byId("name").value.trim() || text.trim().split(/\r?\n/)[0].slice(0, 40);
  await handIn(name, { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, name }) });
  byId("send").disabled = false;
  if (!byId("problems").children.length) { byId("pasted").value = ""; byId("name").value = ""; }
});
byId("files").addEventListener("change", async (event) => { await handInFiles(event.target.files); event.target.value = ""; });
const drop = byId("drop");
for (const kind of ["dragover", "dragenter"]) document.addEventListener(kind, (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); drop.classList.add("over"); } });
for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => { if (event.dataTransfer.files.length) { event.preventDefault(); handInFiles(event.dataTransfer.files); } });

function take(job) {
  const before = jobs.get(job.id);
  jobs.set(job.id, job);
  const row = make("li", { id: job.id, class: job.status }, ...partsOf(job));
  const old = byId(job.id);
  if (old) { const focused = old.contains(document.activeElement) ? document.activeElement.dataset.act : null; old.replaceWith(row); if (focused) one(`[data-act="${focused}"]`, row)?.focus(); }
  else place(row, job);
  byId("no-jobs").hidden = true;
  if (before && !ended(before) && ended(job)) announce(`${visible(job.name ?? job.id)}: ${say("status_" + job.status)}`);
  watch();
}
function place(row, job) {
  const after = [...byId("jobs").children].find((other) => other.id < job.id); // ids sort by time; newest first
  byId("jobs").insertBefore(row, after ?? null);
}
function partsOf(job) {
  const act = (key, work, kind = "quiet") => make("button", { type: "button", class: kind, "data-act": key, onclick: work, t: key });
  const { parts, read } = job.progress;
  const done = ["completed", "incomplete"].includes(job.status);
  const why = [...new Map(job.errors.map((error) => [error.code, error])).values()];
  const state = make("p", { class: "state" }, make("span", { t: "status_" + job.status }), parts && !ended(job) ? ` ${read}／${parts}` : "", job.status === "incomplete" ? ` · ${job.progress.unread} ` : "", job.usage && done ? ` · ${job.usage.seconds.toFixed(1)} s` : "");
  return [
    make("div", { class: "who" },
      done ? make("a", { href: `/reports/${job.id}`, target: "_blank", rel: "opener", lang: "zh-Hans", "data-act": "open" }, visible(job.name ?? job.id)) : make("b", { lang: "zh-Hans" }, visible(job.name ?? job.id)),
      make("time", { datetime: job.created_at }, new Date(job.created_at).toLocaleString(language === "zh" ? "zh-CN" : "en-GB"))),
    make("div", { class: "how" }, state, ended(job) ? null : make("progress", { max: parts || 1, value: parts ? read : null, "aria-label": say("progress") }),
      ...why.map((error) => make("p", { class: "why" }, data.words["j_" + error.code] ? say("j_" + error.code) : visible(error.message)))),
    make("div", { class: "acts" },
      done ? act("csv", () => fetchFile(`/v1/extractions/${job.id}/result?format=csv`, `${job.name ?? job.id}.csv`)) : null,
      ended(job) ? null : act("cancel", () => change(job.id, "POST", "/cancel")),
      act("delete", () => { if (ended(job) || confirm(say("delete_running"))) change(job.id, "DELETE", ""); }, "quiet danger")),
  ];
}
async function change(id, method, path) {
  try {
    const answer = await ask(`/v1/extractions/${id}${path}`, { method });
    if (!answer.ok && answer.status !== 404) { complain(jobs.get(id)?.name, await wordsOf(answer)); return; }
    if (method === "DELETE") { forget(id); announce(say("deleted")); } else take(await answer.json());
  } catch { complain(jobs.get(id)?.name, say("e_offline")); }
}
function forget(id) {
  followed.get(id)?.abort();
  followed.delete(id);
  jobs.delete(id);
  byId(id)?.remove();
  byId("no-jobs").hidden = jobs.size > 0;
}
async function fetchFile(address, name) {
  try {
    const answer = await ask(address);
    if (!answer.ok) { complain("", await wordsOf(answer)); return; }
    keep(name, "text/csv;charset=utf-8", await answer.blob());
  } catch { complain("", say("e_offline")); }
}

function watch() {
  for (const job of [...jobs.values()].sort((a, b) => (a.status === "in_progress" ? 0 : 1) - (b.status === "in_progress" ? 0 : 1) || (a.id < b.id ? -1 : 1))) {
    if (followed.size >= LIVE) return;
    if (ended(job) || followed.has(job.id)) continue;
    const stop = new AbortController();
    followed.set(job.id, stop);
    follow(job.id, take, stop.signal).finally(() => { followed.delete(job.id); watch(); });
  }
}
async function list(after = null) {
  try {
    const answer = await ask("/v1/extractions?limit=50" + (after ? `&after=${encodeURIComponent(after)}` : ""));
    if (!answer.ok) { if (answer.status !== 401 && fresh) complain("", await wordsOf(answer)); fresh = false; return; }
    const page = await answer.json();
    for (const job of page.data) if (JSON.stringify(jobs.get(job.id)) !== JSON.stringify(job)) take(job);
    if (after || fresh) { following = page.next; byId("more").hidden = !page.has_more; }
    fresh = false;
  } catch { if (fresh) complain("", say("e_offline")); fresh = false; }
}
setInterval(() => { if (!document.hidden && [...jobs.values()].some((job) => !ended(job) && !followed.has(job.id))) list(); }, 3000);
byId("more").addEventListener("click", () => list(following));
byId("key-button").addEventListener("click", askForKey);
byId("all-csv").addEventListener("click", () => fetchFile("/v1/dataset", "fazhi.csv"));
afterKey = () => { for (const id of [...jobs.keys()]) forget(id); fresh = true; list(); };
list();
