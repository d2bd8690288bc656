// The steps after the network, as in finish.py: strength, the photograph's own colours, the tones of a painting that is
// painted over.

import { halfToEven, resize } from "./pixels.js";

const TONE = 2;
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/**
 * The painting with the photograph's colours where they are wanted, and then blended with the photograph.
 * @param {Uint8ClampedArray} photo opaque RGBA, like the painting.
 * @param {number} strength per cent of the painting.
 * @param {boolean} colours whether to keep the photograph's.
 */
export function finish(photo, painting, { strength, colours }) {
  if (strength === 100 && !colours) return painting;
  const share = strength / 100;
  const out = new Uint8ClampedArray(painting.length);
  for (let at = 0; at < out.length; at += 4) {
    let [r, g, b] = [painting[at], painting[at + 1], painting[at + 2]];
    if (colours) {
      const light = RED * r + GREEN * g + BLUE * b;
      const grey = RED * photo[at] + GREEN * photo[at + 1] + BLUE * photo[at + 2];
      r = photo[at] - grey;
      g = photo[at + 1] - grey;
      b = photo[at + 2] - grey;
      // Where a colour is not possible at the new luma, it is made as much paler as it must be.
      const paler = Math.min(1, room(r, light), room(g, light), room(b, light));
      r = light + r * paler;
      g = light + g * paler;
      b = light + b * paler;
    }
    out[at] = photo[at] + (r - photo[at]) * share;
    out[at + 1] = photo[at + 1] + (g - photo[at + 1]) * share;
    out[at + 2] = photo[at + 2] + (b - photo[at + 2]) * share;
    out[at + 3] = 255;
  }
  return out;
}

function room(chroma, light) {
  return (chroma > 0 ? 255 - light : light) / Math.max(Math.abs(chroma), 1e-6);
}

/** The strokes of a painting with the tones of the smaller one that it was painted over; RGB. */
export function keepTones(small, smaller, painting, size) {
  const [width, height] = [smaller.width, smaller.height].map((length) => Math.max(1, halfToEven(length / TONE)));
  const tones = { width, height };
  const [more, less] = [resize(small, 3, smaller, tones), resize(painting, 3, size, tones)].map((pixels) =>
    resize(pixels, 3, tones, size),
  );
  return painting.map((level, i) => Math.min(255, Math.max(0, level + more[i] - less[i])));
}
