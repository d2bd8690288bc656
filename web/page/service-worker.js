// Keeps the page for times without a connection. files.js, written when the site is put together, names the files and
// a version computed from their contents; another version is another cache.

importScripts("files.js");

const PREFIX = "tf-cyclegan-";
const CACHE = PREFIX + self.SITE.version;
const KNOWN = new Set([...self.SITE.files, ...self.SITE.when_used].map((file) => new URL(file, self.location).href));
// Static hosts cannot be configured to send these: they forbid other addresses to workers too, and allow several threads.
const HEADERS = self.SITE.headers;

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  url.search = url.hash = "";
  if (url.href === new URL("./", self.location).href) url.pathname += "index.html";
  if (event.request.method === "GET" && KNOWN.has(url.href)) event.respondWith(find(url.href));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all(self.SITE.files.map((file) => keep(cache, new URL(file, self.location).href)));
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((n) => n.startsWith(PREFIX) && n !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function find(url) {
  const cache = await caches.open(CACHE);
  // Large files, such as the builds of the engine of which one is used, are kept at their first use.
  return (await cache.match(url)) ?? keep(cache, url);
}

async function keep(cache, url) {
  const response = withHeaders(await fetch(url, { cache: "no-cache" }));
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  await cache.put(url, response.clone());
  return response;
}

function withHeaders(response) {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
