// A style's network in LiteRT.js, for pictures of any size.

import { cut, padTo } from "./pixels.js";
import { withSize } from "./sized.js";
import { paintTiles, planTiles } from "./tiles.js";

// Sizes for which a network is compiled at one time.
const KEPT = 4;
// Larger pictures are painted in tiles: one megapixel as a whole takes 0.9 GB.
const WHOLE_PIXELS = 768 * 768;
const files = new Map(); // sha256 → promise of the file's bytes.
const compiled = new Map(); // sha256 and size → promise of a compiled network, the latest used last.
let engine;

/** RGB pictures in, paintings of the same size out. */
export class Network {
  #model;
  #mix;

  /**
   * @param model `{file, sha256, multiple, tiling}` as in index.json.
   * @param mix how much of each of its periods is painted; undefined for a network of one.
   */
  static async open({ model, mix }) {
    engine ??= startEngine();
    await Promise.all([engine, bytesOf(model)]);
    return new Network(model, mix);
  }

  constructor(model, mix) {
    this.#model = model;
    this.#mix = mix;
  }

  /** @returns in how many tiles a picture is painted; 0 where it is painted as a whole. */
  tilesFor({ width, height }) {
    const tiled = this.#model.tiling && width * height > WHOLE_PIXELS;
    const { side, overlap } = this.#model.tiling ?? {};
    return tiled ? planTiles(...this.#padded(width, height), side, overlap).length : 0;
  }

  /**
   * @param {Uint8Array} pixels RGB.
   * @param {() => void} onTile is called after each of `tilesFor`.
   */
  async paint(pixels, { width, height }, onTile) {
    const [w, h] = this.#padded(width, height);
    const padded = padTo(pixels, width, height, w, h);
    const painted = this.tilesFor({ width, height })
      ? await paintTiles(this, padded, w, h, this.#model, onTile)
      : (await this.run("serving_default", w, h, { picture: padded })).painting;
    return cut(painted, w, 0, 0, width, height);
  }

  /**
   * Runs one of the file's signatures.
   * @param given values by the names of its inputs; mix is added.
   * @returns typed arrays by the names of its outputs.
   */
  async run(signature, width, height, given) {
    const { Tensor } = await engine;
    const runner = (await this.#compiled(width, height)).signatures[signature];
    const all = this.#mix ? { ...given, mix: Float32Array.from(this.#mix) } : given;
    const shapes = new Map(runner.getInputDetails().map(({ name, shape }) => [name, [...shape]]));
    const inputs = Object.fromEntries(
      Object.entries(all).map(([name, data]) => [name, new Tensor(data, shapes.get(name))]),
    );
    try {
      const outputs = Object.entries(await runner.run(inputs));
      const found = Object.fromEntries(outputs.map(([name, tensor]) => [name, tensor.toTypedArray()]));
      for (const [, tensor] of outputs) tensor.delete();
      return found;
    } finally {
      for (const tensor of Object.values(inputs)) tensor.delete();
    }
  }

  /** Channels of all instance norms together. */
  async countChannels(width, height) {
    const { tile_sample: sample } = (await this.#compiled(width, height)).signatures;
    return sample.getInputDetails().find(({ name }) => name === "correction").shape[1];
  }

  #padded(width, height) {
    const { multiple } = this.#model;
    return [width, height].map((length) => Math.ceil(length / multiple) * multiple);
  }

  #compiled(width, height) {
    const key = `${this.#model.sha256} ${width} ${height}`;
    const known = compiled.get(key) ?? compile(this.#model, width, height, this.#mix?.length);
    compiled.delete(key);
    compiled.set(key, known);
    known.catch(() => compiled.delete(key));
    for (const [other, old] of [...compiled].slice(0, -KEPT)) {
      compiled.delete(other);
      old.then((network) => network.delete());
    }
    return known;
  }
}

async function startEngine() {
  try {
    const litert = await import("../litert/litert.js");
    const folder = new URL("../litert/wasm/", import.meta.url).href;
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

async function compile(model, width, height, periods) {
  const [litert, bytes] = await Promise.all([engine, bytesOf(model)]);
  try {
    const network = await litert.loadAndCompile(withSize(bytes, width, height), { accelerator: "wasm" });
    checkBorder(network, width, height, periods);
    return network;
  } catch (error) {
    throw because("bad_style", error);
  }
}

function bytesOf(model) {
  const known = files.get(model.sha256) ?? fetchModel(model);
  files.set(model.sha256, known);
  known.catch(() => files.delete(model.sha256));
  return known;
}

async function fetchModel({ file, sha256 }) {
  const response = await fetch(new URL(`../${file}`, import.meta.url)).catch((error) => error);
  if (!response.ok) throw because("unreachable", response);
  const data = await response.arrayBuffer();
  // Outside https and localhost browsers compute no hashes.
  if (self.crypto.subtle && (await hashOf(data)) !== sha256) throw because("bad_style", `${file}: sha256 differs`);
  return new Uint8Array(data);
}

async function hashOf(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function checkBorder(network, width, height, periods) {
  const picture = `uint8 1×${height}×${width}×3`;
  check(network.getInputDetails(), periods ? [`float32 1×${periods}`, picture] : [picture]);
  check(network.getOutputDetails(), [picture]);
}

function check(tensors, expected) {
  const found = [...tensors].map(({ dtype, shape }) => `${dtype} ${shape.join("×")}`).sort();
  if (found.join() !== expected.join()) throw new Error(`expected ${expected}, found ${found}`);
}

function because(reason, cause) {
  return Object.assign(new Error(reason, { cause }), { reason });
}
