// Photo and painting over each other, with a slider between them.

import { draw } from "./elements.js";

/** The slider is a range input over the whole picture: mouse, touch, keyboard and screen readers come with it. */
export class Compare {
  #box;
  #slider;
  #describe = String;

  constructor(box) {
    this.#box = box;
    this.#slider = box.querySelector("input");
    this.#slider.addEventListener("input", () => this.#update());
    this.#update();
  }

  /** @param {(percent: number) => string} describe what a screen reader says of the slider's place. */
  describeBy(describe) {
    this.#describe = describe;
    this.#update();
  }

  /** Shows a photo that is not painted yet. */
  showPhoto({ data, width, height }) {
    this.#drawPhoto(data, width, height);
    this.canvas.width = this.canvas.height = 1;
    this.#slider.disabled = true;
  }

  show({ photo, painting, width, height }) {
    this.#drawPhoto(photo, width, height);
    draw(this.canvas, painting, width, height);
    this.#slider.disabled = false;
  }

  /** The canvas with the painting alone. */
  get canvas() {
    return this.#box.querySelector("#painting");
  }

  set busy(busy) {
    this.#box.toggleAttribute("data-busy", busy);
  }

  #drawPhoto(pixels, width, height) {
    draw(this.#box.querySelector("#photo"), pixels, width, height);
    this.#box.style.setProperty("--ratio", String(width / height));
  }

  #update() {
    const place = Number(this.#slider.value);
    this.#box.style.setProperty("--place", `${place}%`);
    this.#slider.setAttribute("aria-valuetext", this.#describe(100 - place));
  }
}
