// The result as files, made in the page from the data embedded in it.
const stem = (result.report.name ?? result.report.title ?? "report").replace(/\.[A-Za-z0-9]{1,5}$/, "").replace(/[\u0000-\u001f\\/:*?"<>|]/g, "_").slice(0, 80) || "report";
const COLUMNS = ["report", "jurisdiction", "level", "year", "section", "indicator", "label", "name", "value", "value_to", "unit", "qualifier", "aspect", "area", "period", "part_of", "flags", "quote", "start", "end", "id"];

// A cell that a spreadsheet would run as a formula is written as text.
function cell(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) && !/^-\d+(\.\d+)?$/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
function tableOf(items, more = []) {
  const report = result.report, columns = [...COLUMNS, ...more];
  const rows = items.map((item) => ({
    ...item,
    report: report.name || report.title, jurisdiction: report.jurisdiction, level: report.level, year: report.year,
    label: indicators.get(item.indicator)?.label ?? item.indicator, flags: item.flags.join(" "),
  }));
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((row) => row.map(cell).join(",") + "\r\n").join("");
}
for (const [id, act] of [
  ["get-json", () => keep(`${stem}.json`, "application/json", JSON.stringify(result, null, 1) + "\n")],
  ["get-csv", () => keep(`${stem}.csv`, "text/csv;charset=utf-8", "\ufeff" + tableOf(result.observations))],
]) {
  byId(id).hidden = false;
  byId(id).addEventListener("click", act);
}
