// Starts the worker. Trunk gives the worker's files no hash in their names; what stands after `?` in this file's
// address, the build's version, goes on to them, so that no cache can hand out a file of another build.
const version = new URL(import.meta.url).search;
const worker = await import(`./worker.js${version}`);
await worker.default({ module_or_path: new URL(`worker_bg.wasm${version}`, import.meta.url) });
