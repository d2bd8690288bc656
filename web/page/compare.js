// Photo and painting over each other, with a slider between them.

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

  show({ photo, painting, width, height }) {
    draw(this.#box.querySelector("#photo"), photo, width, height);
    draw(this.canvas, painting, width, height);
    this.#box.style.setProperty("--ratio", String(width / height));
    this.#slider.disabled = false;
  }

  /** The canvas with the painting alone. */
  get canvas() {
    return this.#box.querySelector("#painting");
  }

  set busy(busy) {
    this.#box.toggleAttribute("data-busy", busy);
  }

  #update() {
    const place = Number(this.#slider.value);
    this.#box.style.setProperty("--place", `${place}%`);
    this.#slider.setAttribute("aria-valuetext", this.#describe(100 - place));
  }
}

function draw(canvas, pixels, width, height) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}
