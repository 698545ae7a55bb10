// Knows the memories of the wasm modules of a page, or of a worker, and tells how large they are. Stands before all other
// scripts of a copy of the site that a test serves.
{
  const CHANNEL = "wasm memory";
  const memories = new Set();
  const keep = (instance) => {
    const { memory } = instance.exports;
    if (memory) memories.add(memory);
    return instance;
  };
  for (const how of ["instantiate", "instantiateStreaming"]) {
    const own = WebAssembly[how].bind(WebAssembly);
    WebAssembly[how] = async (...given) => {
      const made = await own(...given);
      keep(made.instance ?? made);
      return made;
    };
  }
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, { construct: (of, given) => keep(new of(...given)) });
  const bytes = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  const channel = new BroadcastChannel(CHANNEL);
  if (globalThis.document) {
    // Its own, and that of the worker which answers first: a playground has one.
    globalThis.wasmBytes = () =>
      new Promise((told) => {
        channel.onmessage = ({ data }) => told([bytes(), data]);
        channel.postMessage("how much");
      });
  } else {
    channel.onmessage = () => channel.postMessage(bytes());
  }
}
