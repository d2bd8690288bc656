// A picture to send: photo and painting in one frame with their label, as on the page.

const WIDTH = 1080;
const HEIGHT = 1350;
const FRAME = 26;
const MAT = 34;
const GAP = 22;
const MARGIN = 70;
const LABEL = 190;
// Words that are too long become smaller, down to this share of their size.
const SMALLEST = 0.7;

/**
 * @param {HTMLCanvasElement} photo of the same size as the painting.
 * @param {HTMLCanvasElement} painting
 * @param {{title: string, period: string, foot: string}} words
 * @returns a canvas of 1080 × 1350 pixels.
 */
export function drawCard(photo, painting, { title, period, foot }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  drawWall(context, colour);
  const place = placeOf(painting.width / painting.height);
  drawFrame(context, place, colour);
  const [x, y] = [place.x + FRAME + MAT, place.y + FRAME + MAT];
  context.drawImage(photo, x, y, place.wide, place.high);
  const [right, down] = place.stacked ? [0, place.high + GAP] : [place.wide + GAP, 0];
  context.drawImage(painting, x + right, y + down, place.wide, place.high);
  drawLabel(context, { title, period }, colour, style.getPropertyValue("--serif"));
  const sans = style.getPropertyValue("--sans");
  write(context, foot, WIDTH / 2, HEIGHT - 38, [24, `SIZE ${sans}`], colour("muted"), "center");
  return canvas;
}

/** Two pictures of a ratio in one frame, over or next to each other, whichever makes them larger. */
function placeOf(ratio) {
  const rim = 2 * (FRAME + MAT);
  const [room, height] = [WIDTH - 2 * MARGIN - rim, HEIGHT - LABEL - 2.4 * MARGIN - rim];
  const over = Math.min(room, ((height - GAP) / 2) * ratio);
  const sideBySide = Math.min((room - GAP) / 2, height * ratio);
  const stacked = over >= sideBySide;
  const [wide, high] = [Math.max(over, sideBySide), Math.max(over, sideBySide) / ratio];
  const size = stacked ? [wide + rim, 2 * high + GAP + rim] : [2 * wide + GAP + rim, high + rim];
  const middle = (HEIGHT - LABEL - MARGIN) / 2;
  return { stacked, wide, high, x: (WIDTH - size[0]) / 2, y: middle - size[1] / 2, width: size[0], height: size[1] };
}

function drawWall(context, colour) {
  const light = context.createRadialGradient(WIDTH * 0.4, 0, 0, WIDTH * 0.4, 0, HEIGHT);
  light.addColorStop(0, colour("wall-lit"));
  light.addColorStop(0.75, colour("wall"));
  context.fillStyle = light;
  context.fillRect(0, 0, WIDTH, HEIGHT);
}

function drawFrame(context, { x, y, width, height }, colour) {
  shadowed(context, colour("shade"), 50, 30, () => {
    context.fillStyle = colour("frame-dark");
    context.fillRect(x, y, width, height);
  });
  const inner = [x + FRAME, y + FRAME, x + width - FRAME, y + height - FRAME];
  const outer = [x, y, x + width, y + height];
  const corners = ([left, top, right, bottom]) => [[left, top], [right, top], [right, bottom], [left, bottom]];
  ["frame-light", "frame", "frame-dark", "frame"].forEach((name, i) => {
    const [from, to] = [i, (i + 1) % 4];
    fill(context, colour(name), [corners(outer)[from], corners(outer)[to], corners(inner)[to], corners(inner)[from]]);
  });
  context.fillStyle = colour("mat");
  context.fillRect(inner[0], inner[1], width - 2 * FRAME, height - 2 * FRAME);
}

function drawLabel(context, { title, period }, colour, serif) {
  const [width, height] = [720, 130];
  const [x, y] = [(WIDTH - width) / 2, HEIGHT - LABEL - 40];
  shadowed(context, colour("shade"), 14, 5, () => {
    context.fillStyle = colour("card");
    context.fillRect(x, y, width, height);
  });
  write(context, title, x + 32, y + 56, [34, `italic SIZE ${serif}`], colour("ink"), "left", width - 64);
  write(context, period, x + 32, y + 100, [27, `SIZE ${serif}`], colour("ink"), "left", width - 64);
}

/** Words on one line, smaller or cut off where they are too long. */
function write(context, words, x, y, [size, font], colour, align, most = WIDTH) {
  const least = Math.round(size * SMALLEST);
  for (let pixels = size; pixels >= least; pixels--) {
    context.font = font.replace("SIZE", `${pixels}px`);
    if (context.measureText(words).width <= most) break;
  }
  context.fillStyle = colour;
  context.textAlign = align;
  context.fillText(fitting(context, words, most), x, y);
}

/** As much of the words as there is room for. */
function fitting(context, words, most) {
  if (context.measureText(words).width <= most) return words;
  const letters = [...words];
  while (letters.length && context.measureText(`${letters.join("")}…`).width > most) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}

function shadowed(context, colour, blur, down, drawIt) {
  Object.assign(context, { shadowColor: colour, shadowBlur: blur, shadowOffsetY: down });
  drawIt();
  Object.assign(context, { shadowColor: "transparent", shadowBlur: 0, shadowOffsetY: 0 });
}

function fill(context, colour, points) {
  context.fillStyle = colour;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  context.fill();
}
