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

try {
  // Not this module's own address: what a service worker's cache gives out has none of what stands behind `?`.
  const version = new URL(script.src).search;
  const [{ parts }, page] = await Promise.all([import(`./parts.js${version}`), import(script.dataset.js)]);
  const start = () => page.default({ module_or_path: script.dataset.wasm });
  const rest = parts(new URL(script.dataset.wasm.replace("_bg.wasm", "_later.wasm"), document.baseURI), start);
  globalThis.loadRest = () => Promise.all([rest.soon(), ...laterSheets().map(loadSheet)]);
  globalThis.loadLater = rest.now;
  await start();
} catch (error) {
  const message = document.createElement("p");
  message.className = "boot-error";
  message.setAttribute("role", "alert");
  message.textContent = `The page could not start: ${error.message}. Rediscover needs a browser with WebAssembly.`;
  document.body.append(message);
  throw error;
}

// At rest, so that a first command does not wait for it; what needs it earlier asks for it itself.
const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 500));
// Without a network it is fetched again when it is needed.
idle(() => globalThis.loadRest().catch(() => {}), { timeout: 5000 });

// `data-version` is there in a finished build only.
if ("serviceWorker" in navigator && script.dataset.version) {
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
