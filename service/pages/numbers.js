// What a selected number says, as a first guess for the person who adds it: digits, Chinese numerals, 万 and 亿, hedges, unit.
const DIGITS = { 零: 0, 〇: 0, 一: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9 };
const STEPS = { 十: 10, 百: 100, 千: 1000 };
const LARGE = { 万: 4, 亿: 8 };
const HEDGE = [
  ["more_than", /不少于|不低于|超过|余|多|以上|超|逾/],
  ["less_than", /不超过|不足|以内|以下/],
  ["about", /约|近|左右|上下/],
];

function chinese(words) {
  let total = 0, digit = 0;
  for (const character of words) {
    if (character in DIGITS) digit = DIGITS[character];
    else if (character in STEPS) { total += (digit || 1) * STEPS[character]; digit = 0; }
  }
  return String(total + digit);
}
// Moves the point by hand: 26.2万 is 262000 and no floating-point neighbour of it.
function shift(digits, places) {
  const [whole, rest = ""] = digits.split(".");
  const moved = whole + rest.slice(0, places).padEnd(places, "0");
  const left = rest.slice(places);
  return (moved.replace(/^0+(?=\d)/, "") || "0") + (left ? "." + left : "");
}
function readNumber(surface) {
  const plain = surface.normalize("NFKC").replace(/[\s,，]/g, "");
  const percent = /^百分之/.test(plain);
  const bare = plain.replace(/^百分之/, "").replace(/^(不少于|不低于|不超过|超过|不足|超|逾|约|近)+/, "");
  const found = /^(\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)/.exec(bare);
  if (!found) return null;
  let value = /^\d/.test(found[0]) ? found[0] : chinese(found[0]);
  let rest = bare.slice(found[0].length).replace(/^[余多]+/, "");
  while (rest && (rest[0] in LARGE || rest[0] in STEPS)) {
    value = shift(value, LARGE[rest[0]] ?? { 十: 1, 百: 2, 千: 3 }[rest[0]]);
    rest = rest.slice(1);
  }
  rest = rest.replace(/^[余多]+/, "").replace(/(以上|以内|以下|左右|上下)$/, "");
  const qualifier = HEDGE.find(([, words]) => words.test(plain))?.[0] ?? "exact";
  return [value, null, percent ? "%" : rest || null, qualifier];
}
