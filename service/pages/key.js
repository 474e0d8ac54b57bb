// The reader's key: in this tab, or on this device where asked. It goes into a header, never into an address.
const shelves = () => { try { return [sessionStorage, localStorage]; } catch { return []; } };
const keyNow = () => shelves().map((shelf) => shelf.getItem("fazhi:key")).find(Boolean) ?? null;
const withKey = () => (keyNow() ? { Authorization: `Bearer ${keyNow()}` } : {});
let afterKey = () => {};

async function ask(address, options = {}) {
  const answer = await fetch(address, { credentials: "same-origin", ...options, headers: { ...withKey(), ...options.headers } });
  if (answer.status === 401) askForKey();
  return answer;
}
function askForKey() {
  byId("key-form").hidden = false;
  byId("key").focus();
}
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  for (const shelf of shelves()) shelf.removeItem("fazhi:key");
  const [tab, device] = shelves();
  (byId("remember").checked ? device : tab)?.setItem("fazhi:key", byId("key").value.trim());
  byId("key").value = "";
  byId("key-form").hidden = true;
  byId("problems").replaceChildren();
  afterKey();
});

// A problem in plain words: ours where we have them, else the service's own sentence.
async function wordsOf(answer) {
  let said = {};
  try { said = await answer.json(); } catch { /* not of this service */ }
  const code = String(said.type ?? "").split(":").pop();
  if (data.words["e_" + code]) return say("e_" + code);
  return said.detail ? String(said.detail) : `${say("e_other")} (${answer.status})`;
}
function complain(name, words) {
  byId("problems").append(make("li", {}, name ? make("b", {}, visible(name) + " ") : null, visible(words)));
}
