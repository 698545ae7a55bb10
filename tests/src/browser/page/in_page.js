// Runs inside the page, before each question of the tests: what is on the page by role and accessible name, as the
// accessibility rules derive them (as far as this site uses them; what is found is checked against the browser's own
// computation).
const NATIVE = {
  a: "link", article: "article", button: "button", dialog: "dialog", h1: "heading", h2: "heading", h3: "heading",
  form: "form", header: "banner", main: "main", nav: "navigation", select: "combobox", summary: "DisclosureTriangle",
  textarea: "textbox",
};
const NAMED_BY_CONTENT = ["button", "link", "heading", "treeitem", "option", "DisclosureTriangle"];

function visible(element) {
  return element.checkVisibility({ visibilityProperty: true }) && !element.closest("[aria-hidden=true], [inert]");
}

function role(element) {
  const explicit = element.getAttribute("role");
  if (explicit) return explicit;
  if (element.localName === "input" && element.type === "search") return "searchbox";
  if (element.localName === "input" && element.type === "text") return "textbox";
  if (element.localName === "section") return name(element) ? "region" : "";
  return NATIVE[element.localName] ?? "";
}

function flat(text) {
  return text.replace(/\s+/g, " ").trim();
}

// The text of an element as it is read out: without what is hidden, and a space between blocks.
function content(element) {
  let text = "";
  for (const node of element.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.data;
    else if (node.nodeType === Node.ELEMENT_NODE && visible(node)) {
      const inline = getComputedStyle(node).display === "inline";
      const inner = node.getAttribute("aria-label") ?? content(node);
      text += inline ? inner : ` ${inner} `;
    }
  }
  return text;
}

function name(element) {
  const ids = element.getAttribute("aria-labelledby");
  if (ids) return flat(ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" "));
  const label = element.getAttribute("aria-label");
  if (label) return flat(label);
  const own = element.getAttribute("role") ?? NATIVE[element.localName] ?? "";
  return NAMED_BY_CONTENT.includes(own) ? flat(content(element)) : "";
}

// The site's database, if there is one yet. Opening one that is not there would make an empty one.
async function opened() {
  const found = (await indexedDB.databases()).find((it) => it.name.startsWith("rediscover"));
  return found ? settled(indexedDB.open(found.name)) : null;
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// What is stored: the snapshots, and the journal as text, one character for each byte.
async function stored() {
  const database = await opened();
  if (!database) return { snapshots: [], journal: "", journalBytes: 0, generations: [] };
  try {
    const transaction = database.transaction(["snapshots", "journal"]);
    const records = async (store) => (await settled(transaction.objectStore(store).getAll())).filter((it) => it?.bytes);
    const snapshots = await records("snapshots");
    const pieces = await records("journal");
    const journal = pieces.map((piece) => new TextDecoder("latin1").decode(piece.bytes)).join("");
    const sizes = snapshots.map(({ number, bytes }) => ({ number, bytes: bytes.length }));
    const generations = [...new Set(pieces.map((piece) => piece.generation))];
    return { snapshots: sizes, journal, journalBytes: journal.length, generations };
  } finally {
    database.close();
  }
}

// Changes what is stored behind the site's back.
async function change(act) {
  const database = await opened();
  const transaction = database.transaction(["snapshots", "journal"], "readwrite");
  act(transaction.objectStore("snapshots"), transaction.objectStore("journal"));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  database.close();
}

const questions = {
  // All visible elements of a role whose name is, or with `part` contains, a text; null for none.
  find(wanted, text, part, within) {
    const root = within ?? document;
    const fits = (element) => {
      if (role(element) !== wanted || !visible(element)) return false;
      return text === null || (part ? name(element).includes(text) : name(element) === text);
    };
    const found = [...root.querySelectorAll("*")].filter(fits);
    return found.length ? found : null;
  },
  // All visible roles and names, to say what there was instead.
  overview() {
    const lines = [];
    for (const element of document.querySelectorAll("*")) {
      const own = role(element);
      if (own && own !== "treeitem" && visible(element)) lines.push(`${own} "${name(element).slice(0, 80)}"`);
    }
    return lines.slice(0, 80).join("\n");
  },
  // Whether what an element says from a position on ends so.
  textEnds(element, from, expected) {
    return element.textContent.slice(from).endsWith(expected);
  },
  textContains(element, part) {
    return element.textContent.includes(part);
  },
  // The text from a position on, once it is longer than what was seen.
  textBeyond(element, from, seen) {
    const text = element.textContent.slice(from);
    return text.length > seen ? { text } : null;
  },
  valueIs(element, expected) {
    return element.value === expected;
  },
  // What a test wrote for itself, put here as text because the page's policy forbids to evaluate any.
  async own(...values) {
    OWN_QUESTION
  },
};

const [question, given, deadlineMs, ...elements] = arguments;
const done = elements.pop();
const values = given.map(({ element, value }) => (element === undefined ? value : elements[element]));
const began = performance.now();
async function look() {
  let answer;
  try {
    answer = await questions[question](...values);
  } catch (error) {
    done({ failed: String(error) });
    return;
  }
  if (answer !== null && answer !== undefined && answer !== false) done({ answer });
  else if (performance.now() - began >= deadlineMs) done({ late: true });
  else setTimeout(look, 10);
}
look();
