// Starts the page. A file of its own because the Content-Security-Policy forbids inline scripts; the build writes
// the hashed file names into this script's data attributes.
const script = document.querySelector("script[data-wasm]");

// Before anything is drawn, so that no theme flashes.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}

// A finished build has the page in two parts: what the playground begins with, and the rest, which comes by itself as
// soon as the first part is there. Other routes need the rest at once, and wait for it; what needs it earlier than that
// has it loaded while everything waits.
const rest = script.dataset.wasm.replace("_bg.wasm", "_later.wasm");
let restCompiled;

async function fetchRest(priority) {
  const answer = await fetch(rest, { priority });
  if (answer.ok) restCompiled = await WebAssembly.compile(await answer.arrayBuffer());
}

function fetchRestNow() {
  const request = new XMLHttpRequest();
  request.open("GET", rest, false);
  // The one way to get bytes here: each is a character.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`status ${request.status}`);
  restCompiled = new WebAssembly.Module(Uint8Array.from(request.responseText, (byte) => byte.charCodeAt(0) & 0xff));
}

globalThis.loadLater = (first) => {
  try {
    if (!restCompiled) fetchRestNow();
    new WebAssembly.Instance(restCompiled, { first });
  } catch (error) {
    say(`The rest of the page could not be loaded: ${error.message}. Loading the page again helps once there is a network.`);
    throw error;
  }
};

function say(text) {
  const message = document.createElement("p");
  message.className = "boot-error";
  message.setAttribute("role", "alert");
  message.textContent = text;
  document.body.append(message);
}

// `data-version` is there in a finished build only.
const finished = Boolean(script.dataset.version);

try {
  const page = await import(script.dataset.js);
  if (finished && location.href.split(/[?#]/)[0] !== document.baseURI) await fetchRest("high").catch(() => {});
  const first = await page.default({ module_or_path: script.dataset.wasm });
  // Without a network it is fetched again when it is needed.
  if (finished && !restCompiled) await fetchRest("low").catch(() => {});
  if (restCompiled && !first.later.value) loadLater(first);
} catch (error) {
  say(`The page could not start: ${error.message}. Rediscover needs a browser with WebAssembly.`);
  throw error;
}

if ("serviceWorker" in navigator && finished) {
  const workers = navigator.serviceWorker;
  const registration = await workers.register(new URL("service-worker.js", document.baseURI), {
    updateViaCache: "none",
  });
  const announce = (worker) => {
    // Without a controller this is the first visit, and there is no older version to leave.
    if (worker?.state === "installed" && workers.controller) window.dispatchEvent(new Event("rediscover-update"));
  };
  announce(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => announce(worker));
  });
  let leaving = false;
  window.addEventListener("rediscover-take-update", () => {
    leaving = true;
    registration.waiting?.postMessage("take-over");
  });
  workers.addEventListener("controllerchange", () => {
    if (leaving) location.reload();
  });
}
