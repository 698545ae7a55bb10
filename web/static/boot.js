// Starts the page. A file of its own because the Content-Security-Policy forbids inline scripts; the build writes
// where the other files are into this script's data attributes.
//
// The build writes its version here and into the page. This is the one script with the same name in every build: what
// else a page asks for is in a folder with its build's name, where another build has nothing.
const VERSION = "unstamped";
const script = document.querySelector("script[data-wasm]");
const { dataset } = script;

// Before anything is drawn, so that no theme flashes.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}

// The style sheets of what is loaded later are there, but off.
const laterSheets = () => [...document.querySelectorAll("link[rel=stylesheet][disabled]")];

function loadSheet(link) {
  return new Promise((resolve, reject) => {
    const sheet = link.cloneNode();
    sheet.removeAttribute("disabled");
    sheet.addEventListener("load", () => {
      link.remove();
      resolve();
    });
    sheet.addEventListener("error", () => {
      sheet.remove();
      reject(new Error("a style sheet is missing"));
    });
    link.after(sheet);
  });
}

// Where a keyboard on the screen is laid over the page, the page takes what is left for its height.
const seen = window.visualViewport;
seen?.addEventListener("resize", () => {
  const height = seen.height * seen.scale;
  const covered = window.innerHeight - height;
  const { style } = document.documentElement;
  if (covered < 100) {
    style.removeProperty("--seen-height");
  } else {
    style.setProperty("--seen-height", `${height}px`);
    window.scrollTo(0, 0);
  }
});

// Whether the host has another build than this page is of, which is why a file of ours is missing.
async function isReplaced() {
  try {
    const answer = await fetch(document.baseURI, { cache: "no-store" });
    return dataset.version && answer.ok && !(await answer.text()).includes(dataset.version);
  } catch {
    return false;
  }
}

// The page offers the newer version. What it lacks because of it, it says itself.
let told = false;
function announce() {
  if (!told) window.dispatchEvent(new Event("rediscover-update"));
  told = true;
}
async function lookForUpdate() {
  if (await isReplaced()) announce();
}
window.addEventListener("rediscover-missing", lookForUpdate);

let registration;
let leaving = false;
window.addEventListener("rediscover-take-update", () => {
  leaving = true;
  if (registration?.waiting) registration.waiting.postMessage("take-over");
  else location.reload();
});

// Without its version in the page, whose version this is does not matter.
const isMixed = (dataset.version ?? VERSION) !== VERSION;
try {
  if (isMixed) throw new Error(`this script is of the version ${VERSION}`);
  const beside = new URL(dataset.worker, document.baseURI);
  const [{ parts }, page] = await Promise.all([import(new URL("parts.js", beside)), import(dataset.js)]);
  const start = () => page.default({ module_or_path: dataset.wasm });
  const rest = parts(new URL(dataset.wasm.replace("_bg.wasm", "_later.wasm"), document.baseURI), start);
  globalThis.loadRest = () =>
    Promise.all([rest.soon(), ...laterSheets().map(loadSheet)]).catch((error) => {
      lookForUpdate();
      throw error;
    });
  globalThis.loadLater = rest.now;
  await start();
} catch (error) {
  const message = document.createElement("p");
  message.className = "boot-error";
  message.setAttribute("role", "alert");
  message.textContent = isMixed || (await isReplaced())
    ? "A new version of Rediscover came while this page was loading. Reload the page to get it."
    : `The page could not start: ${error.message}. Rediscover needs a browser with WebAssembly.`;
  document.body.append(message);
  throw error;
} finally {
  document.querySelector(".starting")?.remove();
}

// At rest, so that a first command does not wait for it; what needs it earlier asks for it itself.
const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 500));
// Without a network it is fetched again when it is needed.
idle(
  () => {
    const sheets = [...document.querySelectorAll("link[rel=stylesheet]:not([disabled])")];
    if (sheets.some((link) => !link.sheet)) lookForUpdate();
    globalThis.loadRest().catch(() => {});
  },
  { timeout: 5000 },
);

// `data-version` is there in a finished build only.
if ("serviceWorker" in navigator && dataset.version) {
  const workers = navigator.serviceWorker;
  registration = await workers.register(new URL("service-worker.js", document.baseURI), { updateViaCache: "none" });
  const look = (worker) => {
    // Without a controller this is the first visit, and there is no older version to leave.
    if (worker?.state === "installed" && workers.controller) announce();
  };
  look(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => look(worker));
  });
  workers.addEventListener("controllerchange", () => {
    if (leaving) location.reload();
  });
}
