"use strict";
(() => {
  const form = document.getElementById("filters");
  const list = document.getElementById("list");
  if (!form || !list) return;
  const cases = Array.from(list.children);
  const count = document.getElementById("count");
  const selects = Array.from(form.querySelectorAll("select"));
  const text = form.querySelector("input[type=search]");

  const matches = (one, wanted, words) =>
    wanted.every(([name, value]) =>
      name === "class" ? one.dataset.class.split(" ").includes(value) : one.dataset[name] === value) &&
    (!words || one.textContent.toLowerCase().includes(words));

  const apply = () => {
    const wanted = selects.filter((one) => one.value).map((one) => [one.name, one.value]);
    const words = text.value.trim().toLowerCase();
    let shown = 0;
    for (const one of cases) {
      one.hidden = !matches(one, wanted, words);
      if (!one.hidden) shown += 1;
    }
    count.textContent = `${shown} of ${cases.length} cases`;
  };

  const remember = () => {
    const wanted = new URLSearchParams();
    for (const one of selects) if (one.value) wanted.set(one.name, one.value);
    if (text.value.trim()) wanted.set("text", text.value.trim());
    history.replaceState(null, "", wanted.size ? `#${wanted}` : "#cases");
  };

  const fromAddress = () => {
    const address = location.hash.slice(1);
    if (!address.includes("=")) return false;
    const wanted = new URLSearchParams(address);
    for (const one of selects) {
      const value = wanted.get(one.name) || "";
      one.value = Array.from(one.options).some((option) => option.value === value) ? value : "";
    }
    text.value = wanted.get("text") || "";
    return true;
  };

  const follow = () => {
    if (!fromAddress()) return;
    apply();
    document.getElementById("cases").scrollIntoView();
  };

  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  addEventListener("hashchange", follow);
  form.hidden = false;
  if (location.hash.includes("=")) follow(); else apply();
})();
