// A finished build has its wasm in two parts: what a visit begins with, and the rest, which works on the first part's
// memory. Where there is no second part, as in a page in the making, the first is all.

// How the second part of a module is loaded. `file` is its address; `start` starts the first part, unless it has been
// started, and promises its exports.
export function parts(file, start) {
  let coming;
  const load = async () => {
    const first = await start();
    if (!first.later || first.later.value) return;
    const answer = await fetch(file, { priority: "low" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const module = await WebAssembly.compile(await answer.arrayBuffer());
    if (!first.later.value) new WebAssembly.Instance(module, { first });
  };
  return {
    // Resolves when it is there. Who asks after a failure has it tried again.
    soon() {
      coming ??= load().catch((error) => {
        coming = undefined;
        throw error;
      });
      return coming;
    },
    // For code that runs into what is not there yet, and can't wait.
    now(first) {
      const request = new XMLHttpRequest();
      request.open("GET", file, false);
      // A page may not ask for anything but text when it does not wait; every byte is one of these characters.
      request.overrideMimeType("text/plain; charset=x-user-defined");
      request.send();
      if (request.status !== 200) throw new Error(`status ${request.status}`);
      const bytes = Uint8Array.from(request.response, (character) => character.charCodeAt(0) & 0xff);
      new WebAssembly.Instance(new WebAssembly.Module(bytes), { first });
    },
  };
}
