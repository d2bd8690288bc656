// From any picture file to the pixels that a network takes, and back. Pixels are RGBA or RGB, rows from the top.

const MIN_SIDE = 16;
const MAX_PIXELS = 100_000_000;
// Browsers limit a canvas, and phones their memory; the browser first scales larger pictures down to this side.
const CANVAS_SIDE = 2048;
const LANCZOS = 3;
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

/**
 * Decodes a picture file: upright, sRGB, alpha on white. Its bytes say what it is; name and type do not count.
 * @param {number} most larger pictures are scaled down to this longer side.
 * @param {number} least smaller pictures are scaled up to this longer side.
 * @returns its pixels, and its own width and height.
 */
export async function openPicture(blob, name, { most = CANVAS_SIDE, least = 0 } = {}) {
  let source;
  try {
    source = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    source = await openAsImage(blob).catch(() => undefined);
  }
  if (!source) throw new PictureError((await isHeic(blob)) ? "heic" : "bad_picture", name);
  const { width, height } = source;
  if (Math.min(width, height) < MIN_SIDE) throw new PictureError("too_small", name, width, height);
  if (width * height > MAX_PIXELS) throw new PictureError("too_large", name, width, height);
  const pixels = drawn(source, between(width, height, least, most));
  source.close?.();
  return { pixels, width, height };
}

/** Browsers decode more kinds as an image than as a bitmap: Safari some HEIC. */
async function openAsImage(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(image.src);
  }
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

function between(width, height, least, most) {
  const scale = least / Math.max(width, height);
  return scale > 1 ? { width: Math.round(width * scale), height: Math.round(height * scale) } : fitLongSide(width, height, most);
}

/** Width and height with the longer side at most `size`, aspect kept, rounded as Python does. */
export function fitLongSide(width, height, size) {
  const scale = size / Math.max(width, height);
  if (scale >= 1) return { width, height };
  return { width: Math.max(1, halfToEven(width * scale)), height: Math.max(1, halfToEven(height * scale)) };
}

export function halfToEven(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 ? floor + 1 : floor;
}

/**
 * Gives rows of pixels another size with Lanczos' filter, which is widened by the scale where they become smaller, as
 * in Pillow, since what browsers do with drawImage differs from one to the next. Takes RGBA or RGB, by the number of
 * channels; returns RGB, equal to Pillow's to one level.
 */
export function resize(pixels, channels, from, to) {
  if (channels === 3 && from.width === to.width && from.height === to.height) return pixels;
  const rows = filterRows(pixels, channels, from, taps(from.width, to.width));
  return filterColumns(rows, to.width, taps(from.height, to.height));
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

/**
 * RGB pixels continued to the right and downwards: mirrored without repeating the edge; where there is too little to
 * mirror, with the edge.
 */
export function padTo(pixels, width, height, toWidth, toHeight) {
  if (width === toWidth && height === toHeight) return Uint8Array.from(pixels);
  const mirrored = toWidth - width < width && toHeight - height < height;
  const place = (at, length) => (at < length ? at : mirrored ? 2 * length - 2 - at : length - 1);
  const out = new Uint8Array(toWidth * toHeight * 3);
  const columns = Array.from({ length: toWidth }, (_, x) => 3 * place(x, width));
  for (let y = 0, to = 0; y < toHeight; y++) {
    const row = place(y, height) * width * 3;
    for (const column of columns) {
      const from = row + column;
      out[to++] = pixels[from];
      out[to++] = pixels[from + 1];
      out[to++] = pixels[from + 2];
    }
  }
  return out;
}

/** A rectangle out of RGB rows that are `stride` pixels long. */
export function cut(pixels, stride, left, top, width, height) {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * stride + left) * 3;
    out.set(pixels.subarray(from, from + width * 3), y * width * 3);
  }
  return out;
}

/** Puts the `kept` part of a tile, which shows `seen` of a picture, into the picture's RGB rows. */
export function paste(tile, seen, kept, pixels, stride) {
  const [width, wide] = [seen.right - seen.left, kept.right - kept.left];
  for (let y = kept.top; y < kept.bottom; y++) {
    const from = ((y - seen.top) * width + kept.left - seen.left) * 3;
    pixels.set(tile.subarray(from, from + wide * 3), (y * stride + kept.left) * 3);
  }
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
