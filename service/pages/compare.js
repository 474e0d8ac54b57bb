// Choosing what to see: indicators, a level, a year. Nothing is computed here; what does not fit is hidden.
const level = byId("level"), year = byId("year");
const choices = all(".chip[data-subject]");
one(".pick").hidden = false;

function pick() {
  const chosen = new Set(choices.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.subject));
  for (const element of all("[data-level]")) {
    const elsewhere = element.dataset.year !== undefined && year.value && element.dataset.year !== year.value;
    element.hidden = Boolean((level.value && element.dataset.level !== level.value) || elsewhere);
  }
  for (const section of all(".subject[data-subject]")) section.hidden = !chosen.has(section.dataset.subject);
}
level.addEventListener("change", pick);
year.addEventListener("change", pick);
for (const chip of choices) {
  chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    pick();
  });
}
addEventListener("beforeprint", () => { for (const figure of all("details.figure")) figure.open = true; });
