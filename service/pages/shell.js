// Fetches a page with the reader's key and becomes it. The policy of this response goes on holding.
async function become() {
  byId("opening").hidden = false;
  byId("problems").replaceChildren();
  try {
    const address = new URL(data.address, location.origin);
    for (const [name, value] of new URLSearchParams(location.search)) address.searchParams.append(name, value);
    address.searchParams.delete("key");
    const answer = await ask(address);
    if (!answer.ok) {
      if (answer.status !== 401) complain("", await problemOf(answer));
      byId("opening").hidden = true;
      return;
    }
    const page = await answer.text();
    document.open();
    document.write(page);
    document.close();
  } catch {
    complain("", "e_offline");
    byId("opening").hidden = true;
  }
}
afterKey = become;
become();
