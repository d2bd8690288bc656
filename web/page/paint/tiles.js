// Paints a large picture tile by tile, with one set of statistics for all of them, so that no seam shows. tiled.py and
// tiles.py say how and why. As on the other page, the statistics are those of a sample and are not measured again.

import { cut, paste } from "./pixels.js";

const PIECE = 32;
const SAMPLE_PIXELS = 448 * 448;

/**
 * @param {Network} network
 * @param {Uint8Array} pixels RGB, with sides that are multiples of the network's.
 * @param model `{multiple, tiling: {side, overlap}}`.
 * @param {() => void} onTile is called after each tile.
 */
export async function paintTiles(network, pixels, width, height, { multiple, tiling: { side, overlap } }, onTile) {
  const piece = Math.ceil(PIECE / multiple) * multiple;
  const statistics = await findStatistics(network, chooseSample(pixels, width, height, piece, SAMPLE_PIXELS));
  const painting = new Uint8Array(pixels.length);
  for (const { seen, kept } of planTiles(width, height, side, overlap)) {
    const [wide, high] = [seen.right - seen.left, seen.bottom - seen.top];
    const picture = cut(pixels, width, seen.left, seen.top, wide, high);
    const { painting: tile } = await network.run("tile", wide, high, { picture, statistics });
    paste(tile, seen, kept, painting, width);
    onTile();
  }
  return painting;
}

/** Means and scales (2 × channels) of all instance norms for a sample. */
async function findStatistics(network, { pixels, width, height }) {
  const channels = await network.countChannels(width, height);
  const nothing = new Float32Array(2 * channels).fill(1, channels);
  return (await network.run("tile_sample", width, height, { picture: pixels, correction: nothing })).statistics;
}

/** Tiles whose kept parts cover every pixel exactly once, row by row: `{seen, kept}`, each with its four edges. */
export function planTiles(width, height, side, overlap) {
  const columns = cuts(width, side, overlap);
  return cuts(height, side, overlap).flatMap(([seenTop, seenBottom, top, bottom]) =>
    columns.map(([seenLeft, seenRight, left, right]) => ({
      seen: { top: seenTop, bottom: seenBottom, left: seenLeft, right: seenRight },
      kept: { top, bottom, left, right },
    })),
  );
}

/** One dimension: first and last of what is seen, first and last of what is kept (the last ones excluded). */
function cuts(length, side, overlap) {
  const step = side - 2 * overlap;
  const count = length > side ? Math.max(1, Math.ceil((length - 2 * overlap) / step)) : 1;
  return Array.from({ length: count }, (_, i) => {
    const start = Math.max(0, Math.min(i * step, length - side));
    const first = i ? i * step + overlap : 0;
    const last = i + 1 < count ? (i + 1) * step + overlap : length;
    return [start, Math.min(start + side, length), first, last];
  });
}

/** Pieces from all over a picture, put together to a smaller one; every other piece is mirrored. */
export function chooseSample(pixels, width, height, piece, most) {
  if (width * height <= most) return { pixels, width, height };
  const [w, h] = [Math.min(piece, width), Math.min(piece, height)];
  const count = Math.max(1, Math.floor(most / (w * h)));
  const wanted = Math.round(Math.sqrt((count * height) / width));
  const rows = Math.max(1, Math.min(wanted, count, Math.floor(height / h)));
  const columns = Math.max(1, Math.min(Math.floor(count / rows), Math.floor(width / w)));
  const [tops, lefts] = [spread(height, h, rows), spread(width, w, columns)];
  const out = new Uint8Array(rows * h * columns * w * 3);
  let to = 0;
  for (let y = 0; y < rows * h; y++) {
    const [i, down] = [Math.floor(y / h), y % h];
    const row = tops[i] + (i % 2 ? h - 1 - down : down);
    for (let x = 0; x < columns * w; x++) {
      const [j, along] = [Math.floor(x / w), x % w];
      const from = 3 * (row * width + lefts[j] + (j % 2 ? w - 1 - along : along));
      out[to++] = pixels[from];
      out[to++] = pixels[from + 1];
      out[to++] = pixels[from + 2];
    }
  }
  return { pixels: out, width: columns * w, height: rows * h };
}

function spread(length, piece, count) {
  return Array.from({ length: count }, (_, i) => Math.trunc(((i + 0.5) * length) / count - piece / 2));
}
