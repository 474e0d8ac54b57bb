// The card of one number: what it says, where it stands, and what a person may say of it.
let editing = null; // the number whose form is open
let trigger = null; // where the reader was when the card opened

function closeCard() {
  const row = rowOf(chosen), mark = markOf(chosen);
  const back = trigger?.closest(".tbody") && row && !row.hidden ? one("a", row) : trigger?.closest(".report") ? mark : trigger;
  byId("card").hidden = true;
  editing = null;
  unmark();
  chosen = null;
  back?.focus({ preventScroll: true });
  trigger = null;
}
const spoken = (element) => element.dataset.t ?? element.dataset.ta ?? element.id;

function openCard(id, edit = false) {
  const card = byId("card");
  if (card.hidden && document.activeElement !== document.body) trigger = document.activeElement;
  const held = card.contains(document.activeElement) ? spoken(document.activeElement) : null;
  editing = edit ? id : null;
  const item = describe(id);
  const about = item.indicator ? indicators.get(item.indicator) : null;
  const counts = Boolean(item.indicator);
  card.className = `card c${about?.topic ?? 0}`;
  fill(card,
    headOf(counts ? figureOf(item) : item.quote, counts ? item.unit : null, id),
    ...(counts ? [
      make("p", { class: "what", lang: "zh-Hans" }, visible(item.name)),
      make("p", { lang: "zh-Hans" }, about ? about.label + " " : "", make("span", { class: "code" }, visible(item.indicator))),
      about && !edit ? make("p", { class: "definition", lang: "zh-Hans" }, about.definition) : null,
      make("p", { class: "lines" }, ...scopeOf(item, true), ...item.flags.map((flag) => make("span", { class: "flag" + (flag === "check_failed" || flag === "over_100" ? " bad" : ""), t: "flag_" + flag }))),
    ] : [
      make("p", { class: "what", t: item.origin === "unread" ? "is_unread" : "is_set_aside" }),
      item.origin === "unread" ? make("p", {}, data.words["j_" + item.reason] ? say("j_" + item.reason) : visible(item.reason))
        : make("p", {}, `${say("why_" + item.why)} · ${say("by_" + item.by)}${item.doubt ? " · " + say("legend_doubt") : ""}`),
    ]),
    edit || !narrow.matches ? null : sentenceOf(item),
    edit ? editor(item, (filled) => { decideEdited(id, item, filled); }, () => openCard(id)) : buttonsFor(id, item, counts),
    reviewing && !edit ? make("p", { class: "hint" }, byId("judged").textContent, make("span", { t: ["judged_of", { n: observations.size }] })) : null,
  );
  card.hidden = false;
  if (held && !edit) ([...all("button", card)].find((other) => spoken(other) === held) ?? byId("card-head")).focus();
}
// `replaceChildren` without what is not there: it would write the word null.
function fill(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null));
}
function headOf(words, unit, id) {
  const ids = order(), at = ids.indexOf(id);
  const button = (key, sign, act) => make("button", { type: "button", class: "quiet", ta: "aria-label:" + key, onclick: act }, sign);
  return make("header", {},
    make("p", { class: "big", tabindex: "-1", id: "card-head", lang: "zh-Hans" }, visible(words), unit ? make("small", {}, " " + visible(unit)) : null),
    make("p", { class: "move" },
      ...(id ? [button("previous", "‹", () => step(-1)), at < 0 ? null : make("small", { t: ["position", { n: at + 1, m: ids.length }] }), button("next", "›", () => step(1))] : []),
      button("close", "✕", closeCard)));
}
function sentenceOf(item) {
  const [before, quote, after] = sentenceAround(item.start, item.end);
  return make("blockquote", { lang: "zh-Hans" }, before, make("mark", {}, quote), after);
}
function buttonsFor(id, item, counts) {
  const button = (key, act, kind = "") => make("button", { type: "button", class: kind, onclick: act, t: key });
  const places = narrow.matches ? [button("in_text", () => choose(id, "card-text")), rowOf(id) ? button("in_table", () => choose(id, "card-table")) : null] : [];
  if (!reviewing) return make("div", { class: "buttons" }, ...places);
  if (!counts) return make("div", { class: "buttons" }, button("make_observation", () => openCard(id, true), "strong"), ...places);
  const now = item.verdict;
  const why = now === "rejected" ? make("select", { ta: "aria-label:why", onchange: (event) => decide(id, { verdict: "rejected", observation: id, why: event.target.value }) },
    ...Object.keys(data.words).filter((key) => key.startsWith("why_")).map((key) => make("option", { value: key.slice(4), t: key, selected: verdicts.get(id).why === key.slice(4) }))) : null;
  return make("div", { class: "buttons", role: "group", ta: "aria-label:verdict_of" },
    now !== "added" ? button("accept", () => judge(id, "accepted"), now === "accepted" ? "on" : "") : null,
    button("amend", () => openCard(id, true), now === "corrected" ? "on" : ""),
    now !== "added" ? button("reject", () => judge(id, "rejected"), now === "rejected" ? "danger on" : "danger") : null,
    why,
    now ? button("undo", () => { decide(id, null); if (observations.has(id)) openCard(id); else closeCard(); }, "quiet") : null,
    ...places);
}
