// Hand in reports, watch them, open them. A few jobs are followed live, the rest are looked at now and then.
const LIVE = 3; // connections that stay open: browsers allow six to one host
const PATIENCE = 8; // how often a report is handed in again where the service asks to wait
const jobs = new Map();
const followed = new Map();
let following = null; // where the next page of jobs begins
let fresh = true;
let sure = null; // the job whose deletion has been asked for once

async function handIn(name, options) {
  try {
    for (let left = PATIENCE; ; left -= 1) {
      const answer = await ask("/v1/extractions", { method: "POST", ...options });
      if (answer.ok) { take(await answer.json()); return true; }
      const problem = await problemOf(answer);
      if (problem[0] !== "e_too_many_requests" || !left) { complain(name, problem); return false; }
      await new Promise((done) => setTimeout(done, 1000 * (Number(answer.headers.get("Retry-After")) || 1)));
    }
  } catch { complain(name, "e_offline"); return false; }
}
async function handInFiles(files) {
  byId("problems").replaceChildren();
  let taken = 0;
  for (const [index, { file, folder }] of files.entries()) {
    tell(byId("sending"), "sending", { n: index + 1, m: files.length });
    if (folder) { complain(file.name, "e_folder"); continue; }
    if (file.size > data.limits.bytes) { complain(file.name, ["e_too_large", data.limits]); continue; }
    const form = new FormData();
    form.append("file", file, file.name);
    taken += await handIn(file.name, { body: form });
  }
  byId("sending").textContent = "";
  if (taken) announce(say("handed_in", { n: taken }));
}
byId("hand-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("pasted").value;
  byId("problems").replaceChildren();
  if (!text.trim()) { complain("", "e_nothing"); byId("pasted").focus(); return; }
  byId("send").disabled = true;
  const name = byId("name").value.trim() || text.trim().split(/[\r\n。！？；]/)[0].slice(0, 120);
  if (await handIn(name, { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, name }) })) {
    byId("pasted").value = "";
    byId("name").value = "";
    announce(say("handed_in", { n: 1 }));
  }
  byId("send").disabled = false;
});
byId("files").addEventListener("change", async (event) => {
  await handInFiles([...event.target.files].map((file) => ({ file })));
  event.target.value = "";
});
const drop = byId("drop");
for (const kind of ["dragover", "dragenter"]) document.addEventListener(kind, (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); drop.classList.add("over"); } });
for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  handInFiles([...event.dataTransfer.items].filter((item) => item.kind === "file").map((item) => ({ file: item.getAsFile(), folder: item.webkitGetAsEntry?.()?.isDirectory })));
});

const called = (job) => visible(job.name ?? job.id);
function take(job) {
  const before = jobs.get(job.id);
  jobs.set(job.id, job);
  const row = make("li", { id: job.id, class: job.status }, ...partsOf(job));
  const old = byId(job.id);
  if (old) {
    const focused = old.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    old.replaceWith(row);
    if (focused) one(`[data-act="${focused}"]`, row)?.focus();
  } else place(row);
  byId("no-jobs").hidden = true;
  if (before && !ended(before) && ended(job)) announce(say("ended", { name: called(job), status: say("status_" + job.status), n: [...jobs.values()].filter((other) => !ended(other)).length }));
  watch();
}
function place(row) {
  const after = [...byId("jobs").children].find((other) => other.id < row.id); // ids sort by time; newest first
  byId("jobs").insertBefore(row, after ?? null);
}
function partsOf(job) {
  const act = (name, work, words = name, kind = "quiet") => make("button", { type: "button", class: kind, "data-act": name, onclick: work, t: words });
  const { parts, read, unread } = job.progress;
  const done = ["completed", "incomplete"].includes(job.status);
  const why = [...new Map(job.errors.map((error) => [error.code, error])).values()];
  return [
    make("div", { class: "who" },
      done ? make("a", { href: `/reports/${job.id}`, target: "_blank", rel: "opener", lang: "zh-Hans", "data-act": "open" }, called(job)) : make("b", { lang: "zh-Hans" }, called(job)),
      make("time", { datetime: job.created_at }, new Date(job.created_at).toLocaleString(language === "zh" ? "zh-CN" : "en-GB"))),
    make("div", { class: "how" },
      make("p", { class: "state" }, make("span", { t: "status_" + job.status }), parts && !ended(job) ? ` ${read}／${parts}` : null,
        ...(job.status === "incomplete" ? [" · ", make("span", { t: ["parts_unread", { n: unread, m: parts }] })] : []), done && job.usage ? ` · ${job.usage.seconds.toFixed(1)} s` : null),
      ended(job) ? null : make("progress", { max: parts || 1, value: parts ? read : null, ta: "aria-label:progress" }),
      ...why.map((error) => make("p", { class: "why" }, data.words["j_" + error.code] ? make("span", { t: ["j_" + error.code, { id: job.id }] }) : visible(error.message)))),
    make("div", { class: "acts" },
      done ? act("csv", () => fetchFile(`/v1/extractions/${job.id}/result?format=csv`, `${job.name ?? job.id}.csv`)) : null,
      ended(job) ? null : act("cancel", () => change(job.id, "POST", "/cancel")),
      act("delete", () => remove(job.id), sure === job.id ? "delete_sure" : "delete", "quiet danger")),
  ];
}
// Text, result and corrections would be gone: only a second press deletes.
function remove(id) {
  if (sure === id) { change(id, "DELETE", ""); return; }
  const before = sure;
  sure = id;
  for (const job of [before, id].map((known) => jobs.get(known))) if (job) take(job);
  setTimeout(() => { if (sure === id) { sure = null; if (jobs.has(id)) take(jobs.get(id)); } }, 6000);
}
async function change(id, method, path) {
  try {
    const answer = await ask(`/v1/extractions/${id}${path}`, { method });
    if (!answer.ok && answer.status !== 404) { complain(jobs.get(id)?.name, await problemOf(answer)); return; }
    if (method === "DELETE") { forget(id); announce(say("deleted")); } else take(await answer.json());
  } catch { complain(jobs.get(id)?.name, "e_offline"); }
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
    if (!answer.ok) { complain("", await problemOf(answer)); return; }
    keep(name, "text/csv;charset=utf-8", await answer.blob());
  } catch { complain("", "e_offline"); }
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
    if (!answer.ok) { if (answer.status !== 401 && fresh) complain("", await problemOf(answer)); fresh = false; return; }
    const page = await answer.json();
    for (const job of page.data) if (JSON.stringify(jobs.get(job.id)) !== JSON.stringify(job)) take(job);
    if (after || fresh) { following = page.next; byId("more").hidden = !page.has_more; }
    fresh = false;
  } catch { if (fresh) complain("", "e_offline"); fresh = false; }
}
setInterval(() => { if (!document.hidden && [...jobs.values()].some((job) => !ended(job) && !followed.has(job.id))) list(); }, 3000);
byId("more").addEventListener("click", () => list(following));
byId("key-button").addEventListener("click", () => askForKey(false));
byId("all-csv").addEventListener("click", () => fetchFile("/v1/dataset", "fazhi.csv"));
afterKey = () => { for (const id of [...jobs.keys()]) forget(id); fresh = true; list(); };
afterSpeak = () => { for (const job of jobs.values()) take(job); };
list();
