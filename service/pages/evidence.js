// The evidence page: views, filters, and the way from a number to its row and back.
const result = data.extraction;
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
const filters = one(".filters");
filters.hidden = observations.size === 0;
show(narrow.matches ? "text" : "data");
narrow.addEventListener("change", () => show(narrow.matches ? "text" : "data"));

// Scroll without moving the other pane: only the nearest pane that scrolls.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const reveal = (element) => element?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });

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
function offsetAt(node, units) {
  const line = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-s]");
  if (!line) return null;
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEnd(node, units);
  return Number(line.dataset.s) + [...before.toString()].length;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const row = event.target.closest(".tbody .tr");
  const number = event.target.closest(".report .ob, .report .sa, .report .un");
  if (link?.matches(".of")) { event.preventDefault(); choose(link.hash.slice(3), "card-table"); reveal(rowOf(link.hash.slice(3))); return; }
  if (number && number.id && (number.matches(".ob, .un") || reviewing)) { event.preventDefault(); choose(nameOf(number), "text"); return; }
  if (number?.matches(".ob")) { event.preventDefault(); choose(number.hash.slice(3), "text"); return; }
  if (row) { event.preventDefault(); choose(row.dataset.o, "table"); return; }
  if (link?.matches(".go")) {
    event.preventDefault();
    const name = link.hash.slice(1);
    if (observations.has(name)) choose(name, "table");
    else place(name, Number(link.dataset.at), Number(link.dataset.to));
    if (narrow.matches) { show("text"); reveal(byId(name)); }
  }
});
const nameOf = (element) => element.id;

// Filters hide rows and take the colour from marks; they never change what is counted.
const find = byId("find"), byFlag = byId("by-flag"), byVerdict = byId("by-verdict");
const chips = all(".chip");
function filter() {
  const words = (find?.value ?? "").trim().toLowerCase();
  const topics = new Set(chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.topic));
  const flag = byFlag?.value ?? "", verdict = reviewing ? byVerdict?.value ?? "" : "";
  let shown = 0;
  const lit = new Map();
  for (const row of all(".tbody .tr")) {
    const item = observations.get(row.dataset.o), judged = verdictOf(row.dataset.o);
    const text = row.textContent + (item ? item.quote + item.indicator : "");
    const passes = (!topics.size || topics.has(row.dataset.topic))
      && (!flag || (flag === "*" ? row.dataset.flags !== "" : row.dataset.flags.split(" ").includes(flag)))
      && (!verdict || verdict === (judged ?? "unjudged"))
      && (!words || text.toLowerCase().includes(words));
    row.hidden = !passes;
    shown += passes;
    const mark = row.dataset.o.split(".")[0];
    lit.set(mark, lit.get(mark) || passes);
  }
  for (const [mark, on] of lit) byId(mark)?.classList.toggle("off", !on);
  byId("no-rows").hidden = shown > 0 || observations.size === 0;
  return shown;
}
function filterAndTell() { announce(`${say("shown")} ${filter()}／${all(".tbody .tr").length}`); }
find?.addEventListener("input", filterAndTell);
for (const select of [byFlag, byVerdict]) select?.addEventListener("change", filterAndTell);
for (const chip of chips) {
  chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    filterAndTell();
  });
}

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
