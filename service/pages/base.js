// What every page shares: the embedded data, finding elements, the two languages, saying something aloud, files to keep.
const data = JSON.parse(document.getElementById("fazhi").textContent);
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
let language = document.documentElement.dataset.ui;
const say = (key, values = {}) => data.words[key][language === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
let afterSpeak = () => {}; // what else a page says again when the language changes

// Words are kept as their key and what fills them in, so that they can be said again in the other language.
function tell(element, key, values) {
  element.dataset.t = key;
  if (values) element.dataset.tv = JSON.stringify(values); else delete element.dataset.tv;
  element.textContent = say(key, values);
}

// Elements are made, never written as HTML: text from a report stays text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "t") tell(element, ...[value].flat());
    else if (name === "ta") { element.dataset.ta = value; named(element); }
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const visible = (text) => String(text).replace(HIDDEN, "\ufffd");

function named(element) {
  for (const pair of element.dataset.ta.split(" ")) {
    const [name, key] = pair.split(":");
    element.setAttribute(name, say(key));
  }
}
function speak(next) {
  language = next;
  document.documentElement.dataset.ui = next;
  document.documentElement.lang = next === "zh" ? "zh-Hans" : "en";
  for (const element of all("[data-t]")) element.textContent = say(element.dataset.t, JSON.parse(element.dataset.tv ?? "{}"));
  for (const element of all("[data-ta]")) named(element);
  afterSpeak();
  byId("language").textContent = say("language");
  try { localStorage.setItem("fazhi:language", next); } catch { /* a browser that keeps nothing */ }
}

let saidTimer = 0;
function announce(words) {
  byId("said").textContent = words;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => { byId("said").textContent = ""; }, 4000);
}

function keep(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// The reader's key: in this tab, or on this device where asked. It goes into a header, never into an address.
const shelves = () => { try { return [sessionStorage, localStorage]; } catch { return []; } };
const keyNow = () => shelves().map((shelf) => shelf.getItem("fazhi:key")).find(Boolean) ?? null;
const withKey = () => (keyNow() ? { Authorization: `Bearer ${keyNow()}` } : {});

byId("language").hidden = false;
byId("language").addEventListener("click", () => speak(language === "zh" ? "en" : "zh"));
try {
  const kept = localStorage.getItem("fazhi:language");
  if ((kept === "zh" || kept === "en") && kept !== language) speak(kept);
} catch { /* a browser that keeps nothing */ }
document.documentElement.classList.add("js");
