// Small helpers for the page's elements.

export const $ = (id) => document.getElementById(id);

export function element(tag, className, content = "") {
  return Object.assign(document.createElement(tag), { className, textContent: content });
}

export function choice(name, value, checked, onChange) {
  const input = Object.assign(document.createElement("input"), { type: "radio", name, value, checked });
  input.addEventListener("change", onChange);
  return input;
}

/** Draws RGBA pixels on a canvas, which becomes as large as they are. */
export function draw(canvas, pixels, width, height) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}
