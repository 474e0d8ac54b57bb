// What a person says of each number. The machine's result is never changed: verdicts lie beside it, by the number's id.
let reviewing = false;
let revision = 0;
const verdicts = new Map();
const storeName = "fazhi:corrections:" + result.report.sha256;
const verdictOf = (id) => verdicts.get(id)?.verdict;
const spanOf = (id) => id.match(/^[osu](\d+)-(\d+)/).slice(1).map(Number);

function describe(id) {
  const verdict = verdicts.get(id);
  const item = observations.get(id);
  if (item) return verdict?.verdict === "corrected" ? { ...item, ...verdict, id } : { ...item, verdict: verdict?.verdict };
  if (verdict) return { ...verdict, flags: [] };
  const [start, end] = spanOf(id);
  const list = id[0] === "u" ? result.unread : result.set_aside;
  return { ...list.find((other) => other.start === start && other.end === end), id, origin: id[0] === "u" ? "unread" : "set_aside" };
}
const order = () => [...observations.keys(), ...[...verdicts.values()].filter((v) => v.verdict === "added").map((v) => v.id)]
  .sort((a, b) => spanOf(a)[0] - spanOf(b)[0] || a.length - b.length);
function step(by) {
  const ids = order().filter((id) => id === chosen || !rowOf(id)?.hidden);
  if (!ids.length) return;
  const at = ids.indexOf(chosen);
  choose(ids[at < 0 ? (by > 0 ? 0 : ids.length - 1) : (at + by + ids.length) % ids.length], byId("text").hidden ? "card-table" : "card-text");
}

function decide(id, verdict) {
  if (verdict) verdicts.set(id, verdict); else verdicts.delete(id);
  swept = [];
  paint(id);
  count();
  filter();
  save();
}

// The row and the marks of a number show what is now said of it: topic, words, scope, verdict.
function paint(id) {
  const verdict = verdictOf(id), item = describe(id);
  const [start, end] = spanOf(id);
  const hue = `c${indicators.get(item.indicator)?.topic ?? 0}`;
  for (const mark of [byId(id), byId(`s${start}-${end}`), byId(`u${start}-${end}`)]) {
    if (!mark) continue;
    mark.classList.remove("accepted", "corrected", "rejected", "added");
    if (verdict) mark.classList.add(verdict);
    if (mark.matches(".ob")) dye(mark, hue);
  }
  let row = rowOf(id);
  if (!observations.has(id) && !verdict) { row?.remove(); return; }
  const cell = (kind, ...children) => make("span", { role: "cell", class: kind, lang: kind === "n" ? "zh-Hans" : null }, ...children);
  if (!row) {
    row = make("div", { role: "row", class: "tr", id: "r-" + id }, cell("v"), cell("n"), cell("s"), cell("f"));
    byId("added").append(row);
  }
  row.classList.remove("accepted", "corrected", "rejected", "added");
  if (verdict) row.classList.add(verdict);
  dye(row, hue);
  if (!observations.has(id)) one(".v", row).replaceWith(cell("v", make("a", { class: "ob", href: "#" + id }, figureOf(item), make("small", {}, visible(item.unit ?? "")))));
  one(".n", row).replaceWith(cell("n", make("b", {}, visible(indicators.get(item.indicator)?.label ?? item.indicator)), " ", visible(item.name)));
  one(".s", row).replaceWith(cell("s", ...scopeOf(item)));
  one(".f .verdict", row)?.remove();
  if (verdict) one(".f", row).append(make("span", { class: "tag verdict", t: verdict }));
}
function dye(element, hue) {
  element.classList.remove(...[...element.classList].filter((name) => /^c\d+$/.test(name)));
  element.classList.add(hue);
}
function scopeOf(item, named = false) {
  const base = item.part_of ? describe(item.part_of) : null;
  return [
    item.aspect ? make("span", { class: "tag", t: "aspect_" + item.aspect }) : null,
    ...[item.area, item.period].map((words) => (words ? make("span", { class: "tag", lang: "zh-Hans" }, visible(words)) : null)),
    base ? make("a", { class: "of", href: "#r-" + item.part_of, title: visible(base.name) }, make("span", { class: "vh", t: "col_part_of" }), `∕ ${figureOf(base)}${visible(base.unit ?? "")}${named ? " " + visible(base.name) : ""}`) : null,
  ];
}
const grouped = (digits) => digits.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
const figureOf = (item) => ({ more_than: "≥", less_than: "≤", about: "≈" }[item.qualifier] ?? "") + grouped(item.value) + (item.value_to ? "–" + grouped(item.value_to) : "");

const verdictNames = ["accepted", "corrected", "rejected", "added"];
function count() {
  const tally = Object.fromEntries(verdictNames.map((name) => [name, 0]));
  for (const { verdict } of verdicts.values()) tally[verdict] += 1;
  const judged = verdicts.size - tally.added;
  byId("judged").textContent = judged;
  byId("judged-bar").value = judged;
  byId("by-kind").replaceChildren(...verdictNames.filter((name) => tally[name]).map((name) => make("span", { class: "tag" }, make("span", { t: name }), ` ${tally[name]}`)));
  for (const name of ["get-table", "get-gold", "get-corrections"]) byId(name).disabled = !verdicts.size;
  const rest = byId("accept-rest");
  if (swept.length) tell(rest, "accept_rest_undo", { n: swept.length }); else tell(rest, "accept_rest");
  rest.disabled = !swept.length && judged === observations.size;
  const topics = new Map(), rows = order();
  for (const id of rows) { const topic = topicOf(describe(id)); topics.set(topic, (topics.get(topic) ?? 0) + 1); }
  for (const [topic, number] of topics) (one(`.chip[data-topic="${CSS.escape(topic)}"] b`) ?? chipFor(topic)).textContent = number;
  for (const chip of all(".chip")) if (!topics.has(chip.dataset.topic)) chip.remove();
  one("#tab-data i").textContent = rows.length;
  one(".filters").hidden = one(".thead").hidden = rows.length === 0;
  if (byId("none-read")) byId("none-read").hidden = rows.length > 0;
}
function chipFor(topic) {
  const hue = [...indicators.values()].find((item) => topicOf({ indicator: item.code }) === topic).topic;
  const number = make("b", {});
  one(".chips").append(make("button", { type: "button", class: `chip c${hue}`, "data-topic": topic, "aria-pressed": "false" }, make("i"), make("span", { t: "topic_" + topic }), " ", number));
  return number;
}

function judge(id, verdict) {
  if (!observations.has(id)) return;
  decide(id, verdict === "accepted" ? { verdict, observation: id } : { verdict, observation: id, why: "other" });
  announce(say(verdict));
  openCard(id);
}
function decideEdited(id, item, filled) {
  const { value, value_to, unit, qualifier, ...said } = filled;
  if (observations.has(id)) decide(id, { verdict: "corrected", observation: id, ...said });
  else {
    const name = item.verdict === "added" ? id : `o${item.start}-${item.end}`;
    decide(name, { verdict: "added", id: name, origin: item.origin, start: item.start, end: item.end, quote: item.quote, value, value_to, unit, qualifier, ...said });
    id = name;
  }
  announce(say(verdictOf(id)));
  choose(id, "table");
}

function startReview(on) {
  reviewing = on;
  document.body.classList.toggle("is-reviewing", on);
  const button = byId("review");
  button.setAttribute("aria-pressed", String(on));
  tell(button.firstElementChild, on ? "correct_on" : "correct");
  for (const element of all(".report .sa[id], .report .un[id]")) {
    if (on) { element.tabIndex = 0; element.setAttribute("role", "button"); }
    else { element.removeAttribute("tabindex"); element.removeAttribute("role"); }
  }
  if (on && !narrow.matches) show("data");
  if (on) announce(say("how_to_judge"));
  filter();
  if (chosen) openCard(chosen);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { if (editing) openCard(chosen); else if (!byId("card").hidden) closeCard(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const number = event.target.closest?.(".sa[tabindex], .un[tabindex]");
  if (number && (event.key === "Enter" || event.key === " ") || (event.key === " " && event.target.matches("a.ob, a.of, a.go"))) {
    event.preventDefault();
    event.target.click();
    return;
  }
  const act = { j: () => step(1), k: () => step(-1) }[event.key]
    ?? (reviewing && chosen ? { a: () => judge(chosen, "accepted"), x: () => judge(chosen, "rejected"), e: () => openCard(chosen, true) }[event.key] : null);
  if (act) { event.preventDefault(); act(); }
});
byId("review").hidden = false;
byId("review").addEventListener("click", () => startReview(!reviewing));
let swept = []; // what one press has accepted, so that another can take it back
byId("accept-rest").addEventListener("click", () => {
  const ids = swept.length ? swept : [...observations.keys()].filter((id) => !verdicts.has(id));
  for (const id of ids) {
    if (swept.length) verdicts.delete(id); else verdicts.set(id, { verdict: "accepted", observation: id });
    paint(id);
  }
  swept = swept.length ? [] : ids;
  count();
  filter();
  save();
  if (chosen) openCard(chosen);
});
afterSpeak = () => { if (chosen && !editing) openCard(chosen); };
