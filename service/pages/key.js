// Asking for the reader's key, and for everything with it; what is said where that fails.
let afterKey = () => {};

async function ask(address, options = {}) {
  const answer = await fetch(address, { credentials: "same-origin", ...options, headers: { ...withKey(), ...options.headers } });
  if (answer.status === 401) askForKey(keyNow() !== null);
  return answer;
}
function askForKey(refused) {
  byId("key-refused").hidden = !refused;
  if (!byId("key-form").hidden) return;
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

// A problem is a key of the words and what fills it in: ours where we have words for it, else the service's own sentence.
async function problemOf(answer) {
  let told = {};
  try { told = await answer.json(); } catch { /* not of this service */ }
  const key = "e_" + String(told.type ?? "").split(":").pop();
  return [data.words[key] ? key : "e_other", { ...data.limits, status: answer.status, detail: visible(told.detail ?? answer.statusText), id: told.request_id }];
}
function complain(name, problem) {
  const item = make("li", {}, make("span", {}, name ? make("b", {}, visible(name) + " ") : null, make("span", { t: problem })),
    make("button", { type: "button", class: "quiet", ta: "aria-label:close", onclick: () => item.remove() }, "✕"));
  byId("problems").append(item);
}
