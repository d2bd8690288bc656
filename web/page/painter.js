// The page's side of painter-worker.js: promises of paintings.

/** Paints with the networks of the styles. Models are `{file, sha256, side}` as in index.json. */
export class Painter {
  #worker;
  #waiting = new Map();
  #count = 0;

  constructor(url = "painter-worker.js") {
    this.#worker = new Worker(url);
    this.#worker.onmessage = ({ data }) => this.#settle(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      for (const id of [...this.#waiting.keys()]) this.#settle({ id, reason: "no_engine" });
    };
  }

  /**
   * @param {ImageData} pixels of a picture of any shape.
   * @param brush one of `BRUSHES`.
   * @returns `{photo, painting, width, height, milliseconds}`: opaque RGBA with the model's side as the longer one, or
   *   as large as the picture where that is smaller. Rejects with an error whose `reason` names a text.
   */
  paint(pixels, model, brush) {
    const { data, width, height } = pixels;
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, pixels: data, width, height, model, brush });
    });
  }

  #settle({ id, result, reason }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (result) resolve(result);
    else reject(Object.assign(new Error(reason), { reason }));
  }
}
