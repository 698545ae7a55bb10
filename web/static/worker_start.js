// Starts the worker, whose files stand beside this one.
const beside = (name) => new URL(name, import.meta.url);

const [{ parts }, worker] = await Promise.all([import("./parts.js"), import("./worker.js")]);
const start = () => worker.default({ module_or_path: beside("worker_bg.wasm") });
const rest = parts(beside("worker_later.wasm"), start);

globalThis.loadRest = rest.soon;
// A command that needs the rest before it is there has it loaded at once.
globalThis.loadLater = (first) => {
  try {
    rest.now(first);
  } catch (error) {
    // The command is left half done: nothing may come after it.
    close();
    throw new Error(`the rest of the engine could not be loaded: ${error.message}`);
  }
};

await start();
// Without a network, say, it is loaded when a command needs it.
rest.soon().catch(() => {});
