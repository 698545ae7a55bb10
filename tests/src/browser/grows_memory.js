// Lets the memory of a wasm module grow whenever JavaScript has handed it an array of bytes: before it is used, as happens
// when the module needs memory in that moment. Stands before all other scripts of a copy of the site that a test serves.
{
  const CHANNEL = "memory grown";
  // Of 64 KiB each.
  const MOST_PAGES = 1500;
  let grown = 0;
  const grows = (imports, memory) => {
    const wrap = (call) => (...given) => {
      const result = call(...given);
      if (ArrayBuffer.isView(result) && memory() && grown < MOST_PAGES) {
        memory().grow(1);
        grown += 1;
      }
      return result;
    };
    const own = (module) =>
      Object.fromEntries(Object.entries(module).map(([name, it]) => [name, typeof it === "function" ? wrap(it) : it]));
    return Object.fromEntries(Object.entries(imports).map(([name, module]) => [name, own(module)]));
  };
  for (const how of ["instantiate", "instantiateStreaming"]) {
    const own = WebAssembly[how].bind(WebAssembly);
    WebAssembly[how] = async (source, imports) => {
      let memory;
      const made = await own(source, grows(imports, () => memory));
      memory = (made.instance ?? made).exports.memory;
      return made;
    };
  }
  const channel = new BroadcastChannel(CHANNEL);
  if (globalThis.document) {
    // How often its own grew, and that of the worker which answers first.
    globalThis.timesGrown = () =>
      new Promise((told) => {
        channel.onmessage = ({ data }) => told([grown, data]);
        channel.postMessage("how often");
      });
  } else {
    channel.onmessage = () => channel.postMessage(grown);
  }
}
