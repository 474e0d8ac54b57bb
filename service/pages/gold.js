// Keeping the verdicts: with the job, or in this browser; and as files: corrections, and gold as LABELS.md has it.
const annotator = byId("annotator");

function corrections() {
  return {
    schema_version: "1", sha256: result.report.sha256, revision, annotator: annotator.value.trim(),
    updated_at: new Date().toISOString(), verdicts: order().filter((id) => verdicts.has(id)).map((id) => verdicts.get(id)),
  };
}
function take(kept) {
  if (kept.sha256 !== result.report.sha256) return;
  revision = kept.revision;
  annotator.value = kept.annotator || annotator.value;
  const known = [...verdicts.keys()];
  verdicts.clear();
  for (const verdict of kept.verdicts) {
    const id = verdict.verdict === "added" ? verdict.id : verdict.observation;
    if (verdict.verdict === "added" || observations.has(id)) verdicts.set(id, verdict);
  }
  for (const id of new Set([...known, ...verdicts.keys()])) paint(id);
  count();
  filter();
}

let saving = null, dirty = false, timer = 0, wait = 600;
function save() {
  dirty = true;
  clearTimeout(timer);
  if (data.job) timer = setTimeout(store, wait); else store();
}
// Said aloud, and left standing: a toast that says that nothing is kept is soon missed.
function noteKept(key, values) {
  tell(byId("kept"), key, values);
  announce(say(key, values));
}
async function store() {
  if (saving || !dirty) return;
  dirty = false;
  if (!data.job) {
    try { localStorage.setItem(storeName, JSON.stringify(corrections())); noteKept("saved_here"); } catch { noteKept("saved_nowhere"); }
    return;
  }
  saving = fetch(`${data.job}/corrections`, { method: "PUT", credentials: "same-origin", headers: { "Content-Type": "application/json", ...withKey() }, body: JSON.stringify(corrections()) });
  try {
    const answer = await saving;
    if (answer.status === 409) { noteKept("save_conflict"); return; }
    if (answer.status === 422) { noteKept("save_refused", { detail: visible((await answer.json()).detail ?? "") }); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    revision = (await answer.json()).revision;
    wait = 600;
    noteKept("saved_job");
  } catch {
    dirty = true;
    wait = Math.min(wait * 2, 60000);
    noteKept("save_failed");
  } finally {
    saving = null;
    if (dirty) { clearTimeout(timer); timer = setTimeout(store, wait); }
  }
}
async function load() {
  try {
    if (!data.job) { const kept = localStorage.getItem(storeName); if (kept) take(JSON.parse(kept)); return; }
    const answer = await fetch(`${data.job}/corrections`, { credentials: "same-origin", headers: withKey() });
    if (answer.ok) take(await answer.json());
  } catch { /* nothing kept, or not readable: start afresh */ }
}
addEventListener("beforeunload", (event) => { if (dirty || saving) event.preventDefault(); });
annotator.addEventListener("change", save);

// Only what a person has judged is gold; a topic is complete where nothing of it is left unjudged.
function gold() {
  const report = result.report;
  const start = (id) => (id ? spanOf(id)[0] : null);
  const every = order().filter((id) => verdicts.has(id) && verdictOf(id) !== "rejected").map(describe);
  const standing = new Set(every.map((item) => item.id));
  const claims = new Set();
  const claim = (item) => `${item.start}-${item.end} ${item.indicator}`;
  const kept = every.filter((item) => !claims.has(claim(item)) && claims.add(claim(item)));
  const taken = kept.map((item) => [item.start, item.end]);
  const free = (item) => !taken.some(([from, to]) => from < item.end && item.start < to);
  const asides = result.set_aside.filter(free).map(({ start, end, quote, why }) => ({ start, end, surface: quote, why }));
  for (const [id, verdict] of verdicts) {
    const item = observations.get(id);
    if (verdict.verdict === "rejected" && free(item) && !asides.some((other) => other.start === item.start)) asides.push({ start: item.start, end: item.end, surface: item.quote, why: verdict.why });
  }
  const open = new Set(result.observations.filter((item) => !verdicts.has(item.id)).map((item) => item.topic));
  const topics = result.unread.some(free) ? [] : [...new Set(data.indicators.map(([code]) => code.split(".")[0]))].filter((topic) => !open.has(topic));
  const sentence = ({ start, end }) => ({ start, end });
  return {
    format: "1", form: "labels", report: report.name ?? `${stem}.txt`, version: 1, annotator: annotator.value.trim() || "anonymous",
    labelled_on: new Date().toISOString().slice(0, 10), codebook: data.codebook, topics, sha256: report.sha256,
    meta: { title: report.title, jurisdiction: report.jurisdiction, level: report.level, issuer: report.issuer, year: report.year, published_on: report.published_on },
    sections: result.sections.filter(({ path }) => path.length).map(({ path, heading, start }) => ({ path, heading, start })),
    observations: kept.map((item) => ({
      start: item.start, end: item.end, surface: item.quote, value: item.value, ...(item.value_to ? { value_to: item.value_to } : {}), unit: item.unit,
      qualifier: item.qualifier, indicator: item.indicator, name: item.name, aspect: item.aspect, area: item.area, period: item.period,
      part_of: standing.has(item.part_of) && start(item.part_of) !== item.start ? start(item.part_of) : null,
    })),
    set_aside: asides.sort((a, b) => a.start - b.start),
    documents: result.documents.map(({ start, end, title, number, action }) => ({ start, end, title, number, action })),
    problems: result.problems.map(sentence), plans: result.plans.map(sentence),
  };
}
byId("get-gold").addEventListener("click", () => keep(`${stem}.gold.json`, "application/json", JSON.stringify(gold(), null, 1) + "\n"));
byId("get-corrections").addEventListener("click", () => keep(`${stem}.corrections.json`, "application/json", JSON.stringify(corrections(), null, 1) + "\n"));
byId("get-table").addEventListener("click", () => {
  const standing = order().map(describe).filter((item) => item.verdict !== "rejected");
  keep(`${stem}.corrected.csv`, "text/csv;charset=utf-8", "\ufeff" + tableOf(standing, ["verdict"]));
});
count();
load();
// A link to a number, from the comparison for example, opens it.
if (observations.has(decodeURIComponent(location.hash.slice(1)))) choose(decodeURIComponent(location.hash.slice(1)), "link");
