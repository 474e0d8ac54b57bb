// What a person says of each number. The machine's result is never changed: verdicts lie beside it, by the number's id.
let reviewing = false;
let editing = null;
let revision = 0;
let trigger = null;
const verdicts = new Map();
const storeName = "fazhi:corrections:" + result.report.sha256;
const verdictOf = (id) => verdicts.get(id)?.verdict;
const spanOf = (id) => id.match(/^[osu](\d+)-(\d+)/).slice(1).map(Number);

function describe(id) {
  const verdict = verdicts.get(id);
  const item = observations.get(id);
  if (item) return verdict?.verdict === "corrected" ? { ...item, ...verdict, id, verdict: "corrected" } : { ...item, verdict: verdict?.verdict };
  if (verdict) return { ...verdict, flags: [] };
  const [start, end] = spanOf(id);
  const list = id[0] === "u" ? result.unread : result.set_aside;
  return { ...list.find((other) => other.start === start && other.end === end), id, origin: id[0] === "u" ? "unread" : "set_aside" };
}
const order = () => [...observations.keys(), ...[...verdicts.values()].filter((v) => v.verdict === "added").map((v) => v.id)]
  .sort((a, b) => spanOf(a)[0] - spanOf(b)[0] || a.length - b.length);
function step(by) {
  const ids = order().filter((id) => !rowOf(id)?.hidden);
  if (!ids.length) return;
  const at = ids.indexOf(chosen);
  choose(ids[at < 0 ? (by > 0 ? 0 : ids.length - 1) : (at + by + ids.length) % ids.length], narrow.matches ? "text" : "card");
}

function decide(id, verdict) {
  if (verdict) verdicts.set(id, verdict); else verdicts.delete(id);
  paint(id);
  count();
  save();
}
function paint(id) {
  const verdict = verdictOf(id);
  const [start, end] = spanOf(id);
  for (const element of [rowOf(id), byId(id), byId(`s${start}-${end}`), byId(`u${start}-${end}`)]) {
    if (!element) continue;
    element.classList.remove("accepted", "corrected", "rejected", "added");
    if (verdict) element.classList.add(verdict);
  }
  const item = describe(id), row = rowOf(id);
  if (verdict === "added" && !row) byId("added").append(rowFor(item));
  if (!observations.has(id) && !verdict) row?.remove();
  if (observations.has(id) && row) one(".n", row).replaceChildren(make("b", {}, visible(indicators.get(item.indicator)?.label ?? item.indicator)), " ", visible(item.name));
}
function rowFor(item) {
  const about = indicators.get(item.indicator);
  return make("div", { role: "row", class: `tr added c${about?.topic ?? 0}`, id: "r-" + item.id, "data-o": item.id, "data-topic": item.indicator.split(".")[0], "data-flags": "" },
    make("span", { role: "cell", class: "v" }, make("a", { class: "ob", href: "#" + item.id }, item.value, make("small", {}, visible(item.unit ?? "")))),
    make("span", { role: "cell", class: "n", lang: "zh-Hans" }, make("b", {}, about?.label ?? visible(item.indicator)), " ", visible(item.name)),
    make("span", { role: "cell", class: "s" }, item.aspect ? make("span", { class: "tag", t: "aspect_" + item.aspect }) : null),
    make("span", { role: "cell", class: "f" }, make("span", { class: "flag mild", t: "added" })));
}
function count() {
  const judged = [...observations.keys()].filter((id) => verdicts.has(id)).length;
  byId("judged").textContent = judged;
  byId("judged-bar").value = judged;
}

function closeCard() {
  byId("card").hidden = true;
  editing = null;
  unmark();
  chosen = null;
  trigger?.focus({ preventScroll: true });
  trigger = null;
}
// `replaceChildren` without what is not there: it would write the word null.
function fill(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

function openCard(id, edit = false) {
  const card = byId("card");
  if (card.hidden && document.activeElement !== document.body) trigger = document.activeElement;
  editing = edit ? id : null;
  const item = describe(id);
  const about = item.indicator ? indicators.get(item.indicator) : null;
  const counts = Boolean(item.indicator);
  const sign = { exact: "", more_than: "≥", less_than: "≤", about: "≈" }[item.qualifier] ?? "";
  const base = item.part_of ? describe(item.part_of) : null;
  card.className = `card c${about?.topic ?? 0}`;
  fill(card,
    make("header", {},
      make("p", { class: "big", tabindex: "-1", id: "card-head", lang: "zh-Hans" }, visible(counts ? sign + item.value + (item.value_to ? "–" + item.value_to : "") : item.quote), counts ? make("small", {}, " " + visible(item.unit ?? "")) : null),
      make("p", { class: "move" },
        make("button", { type: "button", class: "quiet", "aria-label": say("previous"), onclick: () => step(-1) }, "‹"),
        make("button", { type: "button", class: "quiet", "aria-label": say("next"), onclick: () => step(1) }, "›"),
        make("button", { type: "button", class: "quiet", "aria-label": say("close"), onclick: closeCard }, "✕"))),
    ...(counts ? [
      make("p", { class: "what", lang: "zh-Hans" }, visible(item.name)),
      make("p", { lang: "zh-Hans" }, about ? about.label + " " : "", make("span", { class: "code" }, visible(item.indicator))),
      about && !edit ? make("p", { class: "definition", lang: "zh-Hans" }, about.definition) : null,
      make("p", { class: "lines" },
        item.aspect ? make("span", { class: "tag", t: "aspect_" + item.aspect }) : null,
        item.area ? make("span", { class: "tag" }, visible(item.area)) : null,
        item.period ? make("span", { class: "tag" }, visible(item.period)) : null,
        base ? make("a", { href: "#r-" + item.part_of, class: "of" }, `∕ ${visible(base.value)}${visible(base.unit ?? "")} ${visible(base.name)}`) : null,
        ...item.flags.map((flag) => make("span", { class: "flag" + (flag === "check_failed" || flag === "over_100" ? " bad" : ""), t: "flag_" + flag }))),
    ] : [
      make("p", { class: "what" }, say(item.origin === "unread" ? "is_unread" : "is_set_aside")),
      make("p", {}, item.origin === "unread" ? visible(item.reason) : `${say("why_" + item.why)} · ${say("by_" + item.by)}${item.doubt ? " · " + say("legend_doubt") : ""}`),
    ]),
    edit ? editor(item, (filled) => { decideEdited(id, item, filled); }, () => openCard(id)) : buttonsFor(id, item, counts),
  );
  card.hidden = false;
}
function buttonsFor(id, item, counts) {
  const button = (key, act, kind = "") => make("button", { type: "button", class: kind, onclick: act, t: key });
  const places = narrow.matches ? [button("in_text", () => choose(id, "card-text")), rowOf(id) ? button("in_table", () => choose(id, "card-table")) : null] : [];
  if (!reviewing) return make("div", { class: "buttons" }, ...places);
  if (!counts) return make("div", { class: "buttons" }, button("make_observation", () => openCard(id, true), "strong"), ...places);
  const now = item.verdict;
  const why = now === "rejected" ? make("select", { "aria-label": say("why"), onchange: (event) => decide(id, { verdict: "rejected", observation: id, why: event.target.value }) },
    ...Object.keys(data.words).filter((key) => key.startsWith("why_")).map((key) => make("option", { value: key.slice(4), t: key, selected: verdicts.get(id).why === key.slice(4) }))) : null;
  return make("div", { class: "buttons", role: "group" },
    now !== "added" ? button("accept", () => judge(id, "accepted"), now === "accepted" ? "on" : "") : null,
    button("amend", () => openCard(id, true), now === "corrected" ? "on" : ""),
    now !== "added" ? button("reject", () => judge(id, "rejected"), now === "rejected" ? "danger on" : "danger") : null,
    why,
    now ? button("undo", () => { decide(id, null); if (observations.has(id)) openCard(id); else closeCard(); }, "quiet") : null,
    ...places);
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
  button.firstElementChild.dataset.t = on ? "correct_on" : "correct";
  button.firstElementChild.textContent = say(button.firstElementChild.dataset.t);
  for (const element of all(".report .sa[id], .report .un[id]")) {
    if (on) { element.tabIndex = 0; element.setAttribute("role", "button"); }
    else { element.removeAttribute("tabindex"); element.removeAttribute("role"); }
  }
  filter();
  if (chosen) openCard(chosen);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { if (editing) openCard(chosen); else if (!byId("card").hidden) closeCard(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const number = event.target.closest?.(".sa[tabindex], .un[tabindex]");
  if (number && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); choose(number.id, "text"); byId("card-head")?.focus(); return; }
  const act = { j: () => step(1), k: () => step(-1) }[event.key]
    ?? (reviewing && chosen ? { a: () => judge(chosen, "accepted"), x: () => judge(chosen, "rejected"), e: () => openCard(chosen, true) }[event.key] : null);
  if (act) { event.preventDefault(); act(); }
});
byId("review").hidden = false;
byId("review").addEventListener("click", () => startReview(!reviewing));
byId("accept-rest").addEventListener("click", () => {
  for (const id of observations.keys()) if (!verdicts.has(id)) { verdicts.set(id, { verdict: "accepted", observation: id }); paint(id); }
  count();
  save();
  if (chosen) openCard(chosen);
});
