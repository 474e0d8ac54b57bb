// The form in which a person says what a number is, and the numbers that a person adds by selecting text.
const aspects = ["part", "before", "after", "change", "cumulative", "target"];
const qualifiers = ["exact", "more_than", "less_than", "about"];

function editor(item, done, back) {
  const adding = !observations.has(item.id);
  const guess = item.value ? [item.value, item.value_to, item.unit, item.qualifier] : data.readings[`${item.start}-${item.end}`] ?? readNumber(item.quote) ?? ["", null, null, "exact"];
  const field = (key, input, kind = "") => make("label", { class: kind }, make("span", { t: key }), input);
  const text = (value, limit) => make("input", { value: value ?? "", maxlength: limit, autocomplete: "off" });
  const options = make("select", { size: 6, required: true, lang: "zh-Hans" });
  const definition = make("p", { class: "definition wide", lang: "zh-Hans" });
  const search = make("input", { type: "search", autocomplete: "off", ta: "placeholder:f_find" });
  const list = () => {
    const words = search.value.trim().toLowerCase(), kept = options.value || item.indicator;
    const found = data.indicators.filter(([code, label, meaning]) => !words || (code + label + meaning).toLowerCase().includes(words));
    options.replaceChildren(...found.map(([code, label]) => make("option", { value: code, selected: code === kept }, `${label}  ${code}`)));
    if (found.length === 1) options.value = found[0][0];
    tell();
  };
  const tell = () => { definition.textContent = indicators.get(options.value)?.definition ?? ""; };
  search.addEventListener("input", list);
  options.addEventListener("change", tell);
  const name = text(item.name ?? nameBefore(item), 300), area = text(item.area, 300), period = text(item.period, 300);
  const aspect = make("select", {}, make("option", { value: "", t: "aspect_none" }), ...aspects.map((key) => make("option", { value: key, t: "aspect_" + key, selected: item.aspect === key })));
  const partOf = make("select", { lang: "zh-Hans" }, make("option", { value: "", t: "aspect_none" }), ...nearest(item).map((other) => make("option", { value: other.id, selected: other.id === item.part_of }, visible(`${other.quote} ${other.name}`))));
  const value = text(guess[0], 40), upper = text(guess[1], 40), unit = text(guess[2], 40);
  const qualifier = make("select", {}, ...qualifiers.map((key) => make("option", { value: key, t: "qualifier_" + key, selected: guess[3] === key })));
  const problem = make("p", { class: "problem", role: "alert" });
  list();
  const number = (words) => /^\d{1,30}(\.\d{1,12})?$/.test(words);
  const form = make("form", {
    onsubmit: (event) => {
      event.preventDefault();
      const wrong = !options.value ? "need_indicator" : !name.value.trim() ? "need_name" : adding && !(number(value.value) && (!upper.value || number(upper.value))) ? "need_value"
        : [area, period].some((input) => input.value.trim() && !standsInText(input.value.trim())) ? "need_verbatim" : null;
      if (wrong) { tell(problem, wrong); return; }
      done({
        indicator: options.value, name: name.value.trim(), aspect: aspect.value || null, part_of: partOf.value || null,
        area: area.value.trim() || null, period: period.value.trim() || null,
        ...(adding ? { value: value.value, value_to: upper.value || null, unit: unit.value.trim() || null, qualifier: qualifier.value } : {}),
      });
    },
  },
  field("f_find", search, "wide"), field("f_indicator", options, "wide"), definition,
  field("f_name", name, "wide"), field("f_aspect", aspect), field("f_part_of", partOf), field("f_area", area), field("f_period", period),
  ...(adding ? [field("f_value", value), field("f_value_to", upper), field("f_unit", unit), field("f_qualifier", qualifier)] : []),
  problem,
  make("p", { class: "buttons wide" }, make("button", { class: "strong", t: "save" }), make("button", { type: "button", onclick: back, t: "cancel" })));
  requestAnimationFrame(() => { search.focus({ preventScroll: true }); one("option:checked", options)?.scrollIntoView({ block: "center" }); });
  return form;
}
const standsInText = (words) => lines.some((line) => line.textContent.includes(words));
function nearest(item) {
  return order().filter((id) => spanOf(id)[0] !== item.start && verdictOf(id) !== "rejected").map(describe)
    .sort((a, b) => Math.abs(a.start - item.start) - Math.abs(b.start - item.start)).slice(0, 40).sort((a, b) => a.start - b.start);
}
// The words just before a number: a first name for it, with 《titles》 whole.
function nameBefore(item) {
  const [before] = sentenceAround(item.start, item.end);
  return /(?:《[^》]*》|[^，,；;：:、（(\s])*$/.exec(before)[0].slice(-300);
}

// Selecting text offers to make a statistic of it.
const offer = make("button", { type: "button", class: "strong offer", hidden: true, t: "add_selection" });
document.body.append(offer);
let selected = null;
document.addEventListener("selectionchange", () => {
  selected = null;
  const selection = getSelection();
  if (reviewing && selection.rangeCount && !selection.isCollapsed) {
    const range = selection.getRangeAt(0);
    const start = offsetAt(range.startContainer, range.startOffset), end = offsetAt(range.endContainer, range.endOffset);
    if (start !== null && end !== null && end > start && end - start <= 60) selected = trimmed(start, end);
  }
  offer.hidden = !selected;
  if (!selected) return;
  const box = selection.getRangeAt(0).getBoundingClientRect();
  offer.classList.toggle("low", box.bottom > innerHeight / 2);
});
function trimmed(start, end) {
  let points = [...rangeOf(start, end).toString()];
  while (points.length && !points[0].trim()) { points.shift(); start += 1; }
  while (points.length && !points.at(-1).trim()) { points.pop(); end -= 1; }
  const quote = points.map((character, index) => data.replaced[start + index] ?? character).join("");
  return points.length ? { start, end, quote } : null;
}
offer.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
offer.addEventListener("click", () => {
  if (!selected) return;
  const { start, end, quote } = selected;
  const clash = order().some((id) => { const [from, to] = spanOf(id); return from < end && start < to && verdictOf(id) !== "rejected"; });
  if (clash) { announce(say("selection_taken")); return; }
  const span = { id: `o${start}-${end}`, start, end, quote, origin: "selection" };
  getSelection().removeAllRanges();
  unmark();
  chosen = span.id;
  const card = byId("card");
  card.className = "card";
  card.replaceChildren(headOf(quote, null, null), editor(span, (filled) => decideEdited(span.id, span, filled), closeCard));
  card.hidden = false;
});
