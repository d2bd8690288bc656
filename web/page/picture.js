// From any picture file to the pixels that a network takes, and back. Pixels are RGBA or RGB, rows from the top.

const MIN_SIDE = 16;
const MAX_PIXELS = 100_000_000;
// Browsers limit a canvas, and phones their memory; the browser first scales larger pictures down to this side.
const CANVAS_SIDE = 2048;
const LANCZOS = 3;
// From the smallest strokes to the largest, and the shorter side at which they are laid; the fine brush takes any.
export const BRUSHES = ["fine", "medium", "broad"];
const STROKES_SIDE = { medium: 384, broad: 256 };
const TONE = 2; // As in finish.py.
// Brands in the first box of a file.
const HEIC = /^(he(ic|ix|im|is|vc|vx|vm|vs)|mif1|msf1)$/;
const AVIF = /^avi[fs]$/;

/** A picture that cannot be used; `reason` and `values` name the text that says why. */
export class PictureError extends Error {
  constructor(reason, ...values) {
    super(reason);
    this.reason = reason;
    this.values = values;
  }
}

/** Decodes a picture file: upright, sRGB, alpha on white. Returns its pixels and its own width and height. */
export async function openPicture(blob, name) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    throw new PictureError((await isHeic(blob)) ? "heic" : "bad_picture", name);
  }
  const { width, height } = bitmap;
  if (Math.min(width, height) < MIN_SIDE) throw new PictureError("too_small", name, width, height);
  if (width * height > MAX_PIXELS) throw new PictureError("too_large", name, width, height);
  const pixels = drawn(bitmap, fitLongSide(width, height, CANVAS_SIDE));
  bitmap.close();
  return { pixels, width, height };
}

/** Whether a file is a HEIC by its first bytes; most browsers open none, and phones call it by any name. */
async function isHeic(blob) {
  const head = new DataView(await blob.slice(0, 64).arrayBuffer());
  const word = (at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => head.getUint8(at + i)));
  if (head.byteLength < 16 || word(4) !== "ftyp") return false;
  const brands = [word(8)];
  for (let at = 16; at + 4 <= Math.min(head.getUint32(0), head.byteLength); at += 4) brands.push(word(at));
  return brands.some((brand) => HEIC.test(brand)) && !brands.some((brand) => AVIF.test(brand));
}

function drawn(source, size) {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, size.width, size.height);
  return context.getImageData(0, 0, size.width, size.height);
}

/** Width and height with the longer side at most `size`, aspect kept, rounded as Python does. */
export function fitLongSide(width, height, size) {
  const scale = size / Math.max(width, height);
  if (scale >= 1) return { width, height };
  return { width: Math.max(1, halfToEven(width * scale)), height: Math.max(1, halfToEven(height * scale)) };
}

function halfToEven(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 ? floor + 1 : floor;
}

/**
 * The sizes at which a picture is painted, one after the other; the last is its own. They are those of brush.py.
 */
export function paintedSizes({ width, height }, brush) {
  const shorter = Math.min(width, height);
  const sizes = [];
  for (let side = STROKES_SIDE[brush] ?? shorter; side < shorter; side *= 2) {
    const [w, h] = [width, height].map((length) => Math.max(side, halfToEven((length * side) / shorter)));
    sizes.push({ width: w, height: h });
  }
  return [...sizes, { width, height }];
}

/**
 * Gives rows of pixels another size with Lanczos' filter, which is widened by the scale where they become smaller, as
 * in Pillow, since what browsers do with drawImage differs from one to the next. Takes RGBA or RGB, by the number of
 * channels; returns RGB, equal to Pillow's to one level.
 */
export function resize(pixels, channels, from, to) {
  const rows = filterRows(pixels, channels, from, taps(from.width, to.width));
  return filterColumns(rows, to.width, taps(from.height, to.height));
}

/** The strokes of a painting with the tones of the smaller one that it was painted over, as in finish.py; RGB. */
export function keepTones(small, smaller, painting, size) {
  const [width, height] = [smaller.width, smaller.height].map((length) => Math.max(1, halfToEven(length / TONE)));
  const tones = { width, height };
  const [more, less] = [resize(small, 3, smaller, tones), resize(painting, 3, size, tones)].map((pixels) =>
    resize(pixels, 3, tones, size),
  );
  return painting.map((level, i) => Math.min(255, Math.max(0, level + more[i] - less[i])));
}

function taps(from, to) {
  const scale = Math.max(from / to, 1);
  const all = [];
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * (from / to);
    const first = Math.max(0, Math.trunc(centre - LANCZOS * scale + 0.5));
    const last = Math.min(from, Math.trunc(centre + LANCZOS * scale + 0.5));
    const weights = [];
    for (let k = first; k < last; k++) weights.push(lanczos((k - centre + 0.5) / scale));
    const sum = weights.reduce((a, b) => a + b, 0);
    all.push({ first, weights: Float64Array.from(weights, (weight) => weight / sum) });
  }
  return all;
}

function lanczos(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= LANCZOS) return 0;
  const angle = Math.PI * x;
  return (LANCZOS * Math.sin(angle) * Math.sin(angle / LANCZOS)) / (angle * angle);
}

function filterRows(pixels, channels, { width, height }, columns) {
  const out = new Uint8ClampedArray(columns.length * height * 3);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (const { first, weights } of columns) {
      let [r, g, b] = [0, 0, 0];
      let from = (y * width + first) * channels;
      for (const weight of weights) {
        r += weight * pixels[from];
        g += weight * pixels[from + 1];
        b += weight * pixels[from + 2];
        from += channels;
      }
      out[at++] = r;
      out[at++] = g;
      out[at++] = b;
    }
  }
  return out;
}

function filterColumns(pixels, width, rows) {
  const stride = width * 3;
  const out = new Uint8ClampedArray(stride * rows.length);
  const sums = new Float64Array(stride);
  rows.forEach(({ first, weights }, y) => {
    sums.fill(0);
    weights.forEach((weight, k) => {
      const from = (first + k) * stride;
      for (let x = 0; x < stride; x++) sums[x] += weight * pixels[from + x];
    });
    out.set(sums, y * stride);
  });
  return out;
}

/** RGB pixels mirrored to the right and downwards until they fill a square; the edge itself is not repeated. */
export function mirrorToSquare(pixels, width, height, side) {
  const out = new Uint8Array(side * side * 3);
  const columns = Array.from({ length: side }, (_, x) => 3 * mirrored(x, width));
  for (let y = 0; y < side; y++) {
    const row = mirrored(y, height) * width * 3;
    for (let x = 0; x < side; x++) {
      const from = row + columns[x];
      const to = (y * side + x) * 3;
      out[to] = pixels[from];
      out[to + 1] = pixels[from + 1];
      out[to + 2] = pixels[from + 2];
    }
  }
  return out;
}

function mirrored(place, length) {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = place % period;
  return within < length ? within : period - within;
}

/** The upper left of RGB rows that are `stride` pixels long. */
export function crop(pixels, stride, { width, height }) {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    out.set(pixels.subarray(y * stride * 3, (y * stride + width) * 3), y * width * 3);
  }
  return out;
}

/** RGB as opaque RGBA. */
export function toRgba(pixels) {
  const out = new Uint8ClampedArray((pixels.length / 3) * 4);
  for (let from = 0, to = 0; from < pixels.length; ) {
    out[to++] = pixels[from++];
    out[to++] = pixels[from++];
    out[to++] = pixels[from++];
    out[to++] = 255;
  }
  return out;
}
