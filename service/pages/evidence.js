// The evidence page: views, filters, and the way from a number to its row and back.
const result = data.extraction;
result.observations = data.observations.map((row) => Object.fromEntries(row.map((value, index) => [data.fields[index], value])));
const observations = new Map(result.observations.map((item) => [item.id, item]));
const indicators = new Map(data.indicators.map(([code, label, definition, topic]) => [code, { code, label, definition, topic }]));
const rowOf = (id) => byId("r-" + id);
const markOf = (id) => byId(id) ?? byId(id.split(".")[0]);
const narrow = matchMedia("(max-width: 60rem)");

// Views are tabs; the text is a view of its own only where there is no room beside it.
const tabs = all('[role="tab"]');
function show(name, focus = false) {
  if (name === "text" && !narrow.matches) name = "data";
  for (const tab of tabs) {
    const chosen = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen && focus) tab.focus();
  }
  for (const view of all(".view")) view.hidden = view.id !== name;
  byId("text").hidden = narrow.matches && name !== "text";
}
for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => show(tab.getAttribute("aria-controls")));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const usable = tabs.filter((other) => narrow.matches || !other.classList.contains("narrow"));
    const next = usable[(usable.indexOf(tab) + step + usable.length) % usable.length] ?? tabs[index];
    show(next.getAttribute("aria-controls"), true);
    event.preventDefault();
  });
}
for (const view of all(".view")) {
  view.setAttribute("role", "tabpanel");
  view.setAttribute("aria-labelledby", "tab-" + view.id);
}
one(".tabs").hidden = false;
show(narrow.matches ? "text" : "data");
narrow.addEventListener("change", () => show(narrow.matches ? "text" : "data"));

// Scroll without moving the other pane: only the nearest pane that scrolls.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const reveal = (element) => element?.scrollIntoView({ block: narrow.matches ? "start" : "center", behavior: calm.matches ? "auto" : "smooth" });

function unmark() {
  for (const element of all(".now")) { element.classList.remove("now"); element.removeAttribute("aria-current"); }
  if (CSS.highlights) CSS.highlights.clear();
}

let chosen = null; // the id of the number that the card shows
function choose(id, from) {
  unmark();
  chosen = id;
  const mark = markOf(id), row = rowOf(id);
  mark?.classList.add("now");
  row?.classList.add("now");
  row?.setAttribute("aria-current", "true");
  if (from !== "text" && !narrow.matches) reveal(mark);
  if (row && from !== "table" && !narrow.matches) { show("data"); row.hidden = false; reveal(row); }
  if (narrow.matches && from === "card-text") { show("text"); reveal(mark); }
  if (narrow.matches && from === "card-table") { show("data"); reveal(row); }
  openCard(id);
}

function place(name, start, end) {
  const target = byId(name);
  if (narrow.matches) show("text");
  unmark();
  if (target && name !== "text") { target.classList.add("now"); reveal(target); return; }
  const range = rangeOf(start, end);
  if (!range) return;
  if (CSS.highlights) CSS.highlights.set("place", new Highlight(range));
  reveal(range.startContainer.parentElement);
}

// Offsets count code points; the document counts UTF-16 units.
const lines = all("[data-s]");
function lineAt(offset) {
  let low = 0, high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (Number(lines[middle].dataset.s) <= offset) low = middle; else high = middle - 1;
  }
  return lines[low];
}
function pointAt(offset) {
  const line = lineAt(offset);
  let left = offset - Number(line.dataset.s);
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let units = 0;
    for (const character of node.data) {
      if (left === 0) return [node, units];
      units += character.length;
      left -= 1;
    }
    if (left === 0) return [node, units];
  }
  return null;
}
function rangeOf(start, end) {
  const from = lines.length ? pointAt(start) : null, to = lines.length ? pointAt(end) : null;
  if (!from || !to) return null;
  const range = document.createRange();
  range.setStart(...from);
  range.setEnd(...to);
  return range;
}
// The sentence around start..end: the words before, those between, the words after.
function sentenceAround(start, end) {
  const line = lineAt(start), points = [...line.textContent];
  const from = start - Number(line.dataset.s), to = end - Number(line.dataset.s);
  let first = from, last = to;
  while (first > 0 && !/[。！？!?]/.test(points[first - 1])) first -= 1;
  while (last < points.length && !/[。！？!?]/.test(points[last - 1])) last += 1;
  return [[first, from], [from, to], [to, last]].map((span) => points.slice(...span).join(""));
}
function offsetAt(node, units) {
  const line = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-s]");
  if (!line) return null;
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEnd(node, units);
  return Number(line.dataset.s) + [...before.toString()].length;
}

const idOf = (row) => row.id.slice(2);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const row = event.target.closest(".tbody .tr");
  const number = event.target.closest(".report .ob, .report .sa, .report .un");
  const id = link?.matches(".of") ? link.hash.slice(3) : number && reviewing && number.id ? number.id
    : number?.matches("a") ? number.hash.slice(3) : number?.matches(".un") ? number.id : row ? idOf(row) : null;
  if (id) {
    event.preventDefault();
    choose(id, link?.matches(".of") ? "card-table" : number ? "text" : "table");
    if (link?.matches(".of")) reveal(rowOf(id));
    if (event.detail === 0) byId("card-head")?.focus(); // by the keyboard
  } else if (link?.matches(".go")) {
    event.preventDefault();
    const name = link.hash.slice(1);
    if (observations.has(name)) choose(name, "table");
    else place(name, Number(link.dataset.at), Number(link.dataset.to));
    if (narrow.matches) { show("text"); reveal(byId(name)); }
  } else if (link?.matches(".skip")) show(link.hash.slice(1));
});
// What a row names in a few words, its sentence says in full.
one(".table").addEventListener("mouseover", (event) => {
  const name = event.target.closest(".tbody .n");
  if (name && !name.title) name.title = sentenceAround(...spanOf(idOf(name.parentElement))).join("");
});

// Filters hide rows and take the colour from marks; they never change what is counted.
const find = byId("find"), byFlag = byId("by-flag"), byVerdict = byId("by-verdict");
const topicOf = (item) => item.indicator.split(".")[0];
function filter() {
  const words = find.value.trim().toLowerCase();
  const topics = new Set(all('.chip[aria-pressed="true"]').map((chip) => chip.dataset.topic));
  const flag = byFlag.value, verdict = reviewing ? byVerdict.value : "";
  let shown = 0;
  const lit = new Map();
  const rows = all(".tbody .tr");
  for (const row of rows) {
    const id = idOf(row), item = describe(id);
    const passes = (!topics.size || topics.has(topicOf(item)))
      && (!flag || (flag === "*" ? item.flags.length > 0 : item.flags.includes(flag)))
      && (!verdict || verdict === (verdictOf(id) ?? "unjudged"))
      && (!words || (row.textContent + item.quote + item.indicator).toLowerCase().includes(words));
    row.hidden = !passes;
    shown += passes;
    const mark = id.split(".")[0];
    lit.set(mark, lit.get(mark) || passes);
  }
  for (const [mark, on] of lit) byId(mark)?.classList.toggle("off", !on);
  byId("no-rows").hidden = shown > 0 || rows.length === 0;
  return `${shown}／${rows.length}`;
}
const filterAndTell = () => announce(`${say("shown")} ${filter()}`);
find.addEventListener("input", filterAndTell);
for (const select of [byFlag, byVerdict]) select.addEventListener("change", filterAndTell);
one(".chips").addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (!chip) return;
  chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
  filterAndTell();
});

// The outline shows where the reader is.
if ("IntersectionObserver" in window) {
  const links = new Map(all(".outline a").map((link) => [link.hash.slice(1), link.parentElement]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const item of links.values()) item.classList.remove("here");
      links.get(entry.target.id)?.classList.add("here");
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const id of links.keys()) if (byId(id)) seen.observe(byId(id));
}
