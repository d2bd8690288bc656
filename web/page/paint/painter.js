// The page's side of worker.js: promises of paintings.

/** Paints with the networks of the styles. One picture at a time; what is more urgent goes first. */
export class Painter {
  #url;
  #worker;
  #waiting = []; // Jobs that the worker does not know yet.
  #current; // The job that it works on.
  #sent; // The photo that it has.

  constructor(url = "paint/worker.js") {
    this.#url = url;
    this.#start();
  }

  #start() {
    this.#worker = new Worker(this.#url);
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#hear({ reason: "no_engine" });
    };
  }

  /**
   * @param {ImageData} pixels of a picture of any shape.
   * @param wanted `{model, mix, side, brush}`: a model as in index.json, how much of each of its periods, the longer
   *   side of the painting (a smaller picture keeps its size), one of `BRUSHES`.
   * @param kind a job that still waits gives way to a newer one of its kind.
   * @param urgency the job with the largest is next.
   * @param progress is called with 0 to 1 while a large picture is painted.
   * @returns `{photo, painting, width, height, milliseconds}`, opaque RGBA; undefined where a newer job took its place.
   *   Rejects with an error whose `reason` names a text.
   */
  paint(pixels, wanted, { kind, urgency = 0, progress = () => {} } = {}) {
    return new Promise((resolve, reject) => {
      const old = this.#waiting.findIndex((job) => kind && job.kind === kind);
      if (old >= 0) this.#waiting.splice(old, 1)[0].resolve();
      this.#waiting.push({ pixels, wanted, kind, urgency, progress, resolve, reject });
      this.#next();
    });
  }

  /** Ends the work, and frees its memory, which WebAssembly does not give back otherwise. */
  close() {
    this.#worker.terminate();
    for (const job of [this.#current, ...this.#waiting]) job?.resolve();
    this.#current = undefined;
    this.#waiting = [];
  }

  #next() {
    if (this.#current || !this.#waiting.length) return;
    const best = this.#waiting.reduce((one, other) => (other.urgency > one.urgency ? other : one));
    this.#waiting.splice(this.#waiting.indexOf(best), 1);
    this.#current = best;
    const { data, width, height } = best.pixels;
    const photo = best.pixels === this.#sent ? {} : { pixels: { data, width, height } };
    this.#sent = best.pixels;
    this.#worker.postMessage({ ...best.wanted, ...photo });
  }

  #hear({ result, reason, share }) {
    const job = this.#current;
    if (!job) return;
    if (share !== undefined) {
      job.progress(share);
      return;
    }
    this.#current = undefined;
    if (result) job.resolve(result);
    else job.reject(Object.assign(new Error(reason), { reason }));
    this.#next();
  }
}
