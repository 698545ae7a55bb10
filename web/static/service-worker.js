// Serves the site without a network after the first load. The build writes VERSION (a hash over all files) and
// FILES below. One version is one cache: a page gets all of its files from the version it was loaded with, and a
// new version takes over only when no page uses the old one any more, or when a page asks for it.
const VERSION = "unstamped";
const FILES = [];
const STAMPED = ["./", "boot.js", "manifest.webmanifest"];

const CACHE = `rediscover-${VERSION}`;
const scope = new URL(self.registration.scope);
const page = scope.href;

// All files, or none: what has the same name in every build has its version inside. Another build on the host by now has
// a service worker of its own.
async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(new URL(file, scope), { cache: "no-cache" })));
  for (const file of STAMPED) {
    const kept = await cache.match(new URL(file, scope));
    if (!(await kept.text()).includes(VERSION)) throw new Error(`${file} is of another build than ${VERSION}`);
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((names) =>
      Promise.all(
        names.filter((name) => name.startsWith("rediscover-") && name !== CACHE).map((name) => caches.delete(name)),
      ),
    ),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const wanted = request.mode === "navigate" ? page : request.url;
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(wanted, { ignoreSearch: true }))
      .then((found) => found ?? fetch(request)),
  );
});
