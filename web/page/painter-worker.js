// Runs the networks outside the page's thread, so that the page stays usable. A classic worker: LiteRT.js loads its WebAssembly by
// importScripts, which module workers do not have.

const KEPT = 3;
const models = new Map(); // sha256 → promise of a compiled model, the latest used last.
let engine;
let turn = Promise.resolve();

self.onmessage = ({ data }) => {
  // One after the other: LiteRT's memory is shared.
  turn = turn.then(() => answer(data));
};

async function answer({ id, ...wanted }) {
  try {
    const result = await paint(wanted);
    self.postMessage({ id, result }, [result.photo.buffer, result.painting.buffer]);
  } catch (error) {
    console.error(error);
    self.postMessage({ id, reason: error.reason ?? "failed" });
  }
}

async function paint({ pixels, width, height, model, brush }) {
  const network = await compiled(model);
  const { crop, fitLongSide, keepTones, mirrorToSquare, paintedSizes, resize, toRgba } = await import("./picture.js");
  const start = performance.now();
  const { side } = model;
  const size = fitLongSide(width, height, side);
  const photo = resize(pixels, 4, { width, height }, size);
  let [painting, last] = [undefined, size];
  for (const next of paintedSizes(size, brush)) {
    const seen = resize(painting ?? photo, 3, last, next);
    const square = await run(network, mirrorToSquare(seen, next.width, next.height, side), model);
    const painted = crop(square, side, next);
    painting = painting ? keepTones(painting, last, painted, next) : painted;
    last = next;
  }
  return { ...size, photo: toRgba(photo), painting: toRgba(painting), milliseconds: performance.now() - start };
}

async function run(network, pixels, { side, mix }) {
  const { Tensor } = await engine;
  const picture = new Tensor(pixels, [1, side, side, 3]);
  // A network of several periods also takes how much of each to paint; the exporter does not choose the order.
  const shares = mix ? new Tensor(new Float32Array(mix), [1, mix.length]) : undefined;
  const inputs = network.getInputDetails().map(({ dtype }) => (dtype === "uint8" ? picture : shares));
  try {
    const [output] = await network.run(inputs);
    const painted = output.toTypedArray();
    output.delete();
    return painted;
  } finally {
    picture.delete();
    shares?.delete();
  }
}

function compiled(model) {
  engine ??= start();
  const known = models.get(model.sha256) ?? compile(model);
  models.delete(model.sha256);
  models.set(model.sha256, known);
  known.catch(() => models.delete(model.sha256));
  for (const [sha256, old] of [...models].slice(0, -KEPT)) {
    models.delete(sha256);
    old.then((network) => network.delete());
  }
  return known;
}

async function start() {
  try {
    const litert = await import("./litert/litert.js");
    const folder = new URL("litert/wasm/", self.location.href).href;
    // Several threads need shared memory, which browsers give to isolated pages only.
    const threads = self.crossOriginIsolated && (await both(litert, "threads", "relaxedSimd"));
    // In a worker the WebAssembly's script cannot know where it lies, nor what its threads are to load.
    self.Module = {
      locateFile: (name) => folder + name,
      mainScriptUrlOrBlob: `${folder}litert_wasm_threaded_internal.js`,
    };
    await litert.loadLiteRt(folder, { threads });
    return litert;
  } catch (error) {
    engine = undefined;
    throw because("no_engine", error);
  }
}

async function both(litert, ...features) {
  const supported = await Promise.all(features.map((feature) => litert.supportsFeature(feature)));
  return supported.every(Boolean);
}

async function compile(model) {
  const [litert, data] = await Promise.all([engine, fetchModel(model)]);
  try {
    const network = await litert.loadAndCompile(data, { accelerator: "wasm" });
    checkBorder(network, model);
    return network;
  } catch (error) {
    throw because("bad_style", error);
  }
}

async function fetchModel({ file, sha256 }) {
  const response = await fetch(file).catch((error) => error);
  if (!response.ok) throw because("unreachable", response);
  const data = await response.arrayBuffer();
  // Outside https and localhost browsers compute no sums.
  if (self.crypto.subtle && (await sum(data)) !== sha256) throw because("bad_style", `${file}: sha256 differs`);
  return new Uint8Array(data);
}

async function sum(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function checkBorder(network, { side, mix }) {
  const picture = `uint8 1×${side}×${side}×3`;
  check(network.getInputDetails(), mix ? [`float32 1×${mix.length}`, picture] : [picture]);
  check(network.getOutputDetails(), [picture]);
}

function check(tensors, expected) {
  const found = [...tensors].map(({ dtype, shape }) => `${dtype} ${shape.join("×")}`).sort();
  if (found.join() !== expected.join()) throw new Error(`expected ${expected}, found ${found}`);
}

function because(reason, cause) {
  return Object.assign(new Error(reason, { cause }), { reason });
}
