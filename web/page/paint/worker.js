// Runs the networks outside the page's thread, so that the page stays usable. A classic worker: LiteRT.js loads its WebAssembly by
// importScripts, which module workers do not have.

const modules = Promise.all([import("./pixels.js"), import("./network.js"), import("./brush.js")]);
let photo; // The last one that was sent, in RGBA, and its smaller copies by their longer side.
let turn = Promise.resolve();

self.onmessage = ({ data }) => {
  // One after the other: LiteRT's memory is shared.
  turn = turn.then(() => answer(data));
};

async function answer(wanted) {
  try {
    const result = await paint(wanted, (share) => self.postMessage({ share }));
    self.postMessage({ result }, [result.photo.buffer, result.painting.buffer]);
  } catch (error) {
    console.error(error);
    self.postMessage({ reason: error.reason ?? "failed" });
  }
}

async function paint({ pixels, side, brush, ...wanted }, progress) {
  const [{ fitLongSide, toRgba }, { Network }, { paintWith }] = await modules;
  const network = await Network.open(wanted);
  if (pixels) photo = { pixels, copies: new Map() };
  const start = performance.now();
  const size = fitLongSide(photo.pixels.width, photo.pixels.height, side);
  const seen = await copyOf(photo, size);
  const painting = await paintWith(brush, network, seen, size, progress);
  return { ...size, photo: toRgba(seen), painting: toRgba(painting), milliseconds: performance.now() - start };
}

/** The photo in a smaller size, which is kept: the same one is painted again and again. */
async function copyOf({ pixels: { data, width, height }, copies }, size) {
  const [{ resize }] = await modules;
  const key = Math.max(size.width, size.height);
  if (!copies.has(key)) copies.set(key, resize(data, 4, { width, height }, size));
  return copies.get(key);
}
