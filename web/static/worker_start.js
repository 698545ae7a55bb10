// Starts the worker. Trunk gives the worker's files no hash in their names; what stands after `?` in this file's
// address, the build's version, goes on to them, so that no cache can hand out a file of another build.
//
// A finished build has the engine in two parts: what a visit begins with, and the rest, which comes by itself as soon as
// the first part is there. A command that needs the rest before that has it loaded at once.
const version = new URL(import.meta.url).search;
const rest = new URL(`worker_later.wasm${version}`, import.meta.url);

globalThis.loadLater = (first) => {
  try {
    const request = new XMLHttpRequest();
    request.open("GET", rest, false);
    request.responseType = "arraybuffer";
    request.send();
    if (request.status !== 200) throw new Error(`status ${request.status}`);
    new WebAssembly.Instance(new WebAssembly.Module(request.response), { first });
  } catch (error) {
    // The command is left half done: nothing may come after it.
    close();
    throw new Error(`the rest of the engine could not be loaded: ${error.message}`);
  }
};

const worker = await import(`./worker.js${version}`);
const first = await worker.default({ module_or_path: new URL(`worker_bg.wasm${version}`, import.meta.url) });

if (first.later) {
  try {
    const answer = await fetch(rest, { priority: "low" });
    const module = await WebAssembly.compile(await answer.arrayBuffer());
    if (!first.later.value) new WebAssembly.Instance(module, { first });
  } catch {
    // No network, say: it is loaded when a command needs it.
  }
}
