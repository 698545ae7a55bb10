// Notes every error of a page, over all its documents, and of its workers. Stands before all other scripts of a copy of the
// site that a test serves, for browsers whose drivers hand out no console.
{
  const KEY = "noted errors";
  const channel = new BroadcastChannel(KEY);
  const note = (text) => {
    if (globalThis.sessionStorage) {
      const noted = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
      sessionStorage.setItem(KEY, JSON.stringify([...noted, `${location.pathname}: ${text}`]));
    } else {
      channel.postMessage(`worker: ${text}`);
    }
  };
  channel.onmessage = ({ data }) => globalThis.sessionStorage && note(data);
  const { error } = console;
  console.error = (...words) => {
    note(words.map(String).join(" "));
    error.apply(console, words);
  };
  addEventListener("error", (event) => note(event.message ?? `${event.target?.localName} could not be loaded`), true);
  addEventListener("unhandledrejection", ({ reason }) => note(`not handled: ${reason}`));
  if (globalThis.document) {
    document.addEventListener("securitypolicyviolation", (event) =>
      note(`the policy forbids ${event.violatedDirective} ${event.blockedURI}`),
    );
    globalThis.notedErrors = () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  }
}
