// How large the strokes are, as in brush.py: a picture is painted in one size after the other.

import { keepTones } from "./finish.js";
import { halfToEven, resize } from "./pixels.js";

// From the smallest strokes to the largest, and the shorter side at which they are laid; the fine brush takes any.
export const BRUSHES = ["fine", "medium", "broad"];
const STROKES_SIDE = { medium: 384, broad: 256 };

/** The sizes at which a picture is painted, one after the other; the last is its own. */
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
 * @param {Network} network
 * @param photo RGB.
 * @param {(share: number) => void} progress is called with 0 to 1 while a picture is painted in tiles.
 * @returns the painting, RGB, of the same size.
 */
export async function paintWith(brush, network, photo, size, progress) {
  const sizes = paintedSizes(size, brush);
  const total = sizes.reduce((sum, next) => sum + network.tilesFor(next), 0);
  let [painting, last, done] = [undefined, size, 0];
  for (const next of sizes) {
    const seen = resize(painting ?? photo, 3, last, next);
    const painted = await network.paint(seen, next, () => progress(++done / total));
    painting = painting ? keepTones(painting, last, painted, next) : painted;
    last = next;
  }
  return painting;
}
