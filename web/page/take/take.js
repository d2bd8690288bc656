// What a visitor takes home: the painting for a screen or a print, or photo and painting as a card to send.

import { $, draw } from "../elements.js";
import { localized, text } from "../language.js";
import { finish } from "../paint/finish.js";
import { Painter } from "../paint/painter.js";
import { openPicture } from "../paint/pixels.js";

// Longer side in pixels: of most screens, and of A4 at 300 dpi.
const SCREEN = 2048;
const PRINT = 3508;
const QUALITY = 0.95;
const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png" };

/** Makes the files. A large painting has a painter of its own, whose memory goes with it. */
export class Take {
  #look;
  #card;
  #complain;
  #made; // The file that was made last, and of what.
  #painter;

  /**
   * @param look returns what is shown: `{picture, shown, wanted, finishing, key, name}`; undefined while nothing is.
   * @param card returns the card as a canvas.
   * @param complain shows why something did not work.
   */
  constructor({ look, card, complain }) {
    this.#look = look;
    this.#card = card;
    this.#complain = complain;
    $("save").addEventListener("click", () => this.#take(download));
    $("share").addEventListener("click", () => this.#take(share));
    $("copy").addEventListener("click", () => this.#copy());
    $("cancel").addEventListener("click", () => this.cancel());
    $("share").hidden = !navigator.canShare?.({ files: [new File([], "a.png", { type: "image/png" })] });
    $("copy").hidden = !navigator.clipboard?.write;
  }

  set ready(ready) {
    for (const id of ["save", "share", "copy"]) $(id).disabled = !ready;
  }

  cancel() {
    this.#painter?.close();
    this.#painter = undefined;
    $("progress-box").hidden = true;
  }

  async #take(use) {
    const form = this.#form;
    const blob = await this.#make(form, form === "card" ? "image/jpeg" : $("format").value);
    if (!blob) return;
    const { name } = this.#look();
    const file = new File([blob], `${name}${form === "card" ? "-card" : ""}.${SUFFIXES[blob.type]}`, { type: blob.type });
    try {
      await use(file);
      say("");
    } catch (error) {
      // A browser shares only right after a press; a large painting takes longer, and waits for the next one.
      if (error.name === "NotAllowedError") say(text("press_again"));
      else if (error.name !== "AbortError") this.#complain(error);
    }
  }

  /** The clipboard takes a promise, so that a painting may take its time. */
  async #copy() {
    const made = this.#make(this.#form, "image/png");
    try {
      const blob = made.then((found) => found ?? Promise.reject(new Error("stopped")));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
      say(text("copied"));
    } catch (error) {
      console.warn("Nothing was copied:", error);
      // Whoever stopped it knows, and what could not be painted was reported.
      if (await made) this.#complain({ reason: "no_copy" });
    }
  }

  get #form() {
    return document.querySelector("input[name=form]:checked").value;
  }

  /** @returns the file as a blob; undefined where the visitor did not wait for it. */
  async #make(form, type) {
    this.#complain();
    const look = this.#look();
    const key = [look.key, form, type].join();
    if (this.#made?.key !== key) {
      const canvas = form === "card" ? this.#card() : await this.#paint(look, form).catch(this.#complain);
      if (!canvas) return undefined;
      this.#made = { key, blob: await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY)) };
    }
    return this.#made.blob;
  }

  async #paint({ picture, shown, wanted, finishing }, form) {
    const own = Math.max(picture.width, picture.height);
    // The strokes of the larger brushes are as large in a print as on the screen; the fine one needs the pixels.
    const side = form === "print" && wanted.brush !== "fine" ? PRINT : Math.min(own, form === "print" ? PRINT : SCREEN);
    if (side <= Math.max(shown.width, shown.height)) return finished(shown, finishing);
    this.cancel();
    const painter = new Painter();
    this.#painter = painter;
    const progress = progressSince(performance.now());
    progress(0);
    try {
      const { pixels } = await openPicture(picture.blob, picture.name, { most: side, least: side });
      const painted = await painter.paint(pixels, { ...wanted, side }, { progress });
      return painted && finished(painted, finishing);
    } finally {
      if (this.#painter === painter) this.cancel();
    }
  }
}

/** Shows how much of a large painting is done, and after a while how many seconds are left. */
function progressSince(start) {
  $("progress-box").hidden = false;
  return (share) => {
    const passed = (performance.now() - start) / 1000;
    $("progress").value = share;
    $("left").textContent = passed > 3 && share ? text("left", localized(Math.ceil((passed * (1 - share)) / share))) : "";
  };
}

function say(words) {
  $("taken").textContent = words;
}

function finished({ photo, painting, width, height }, finishing) {
  const canvas = document.createElement("canvas");
  draw(canvas, finish(photo, painting, finishing), width, height);
  return canvas;
}

async function share(file) {
  await navigator.share({ files: [file], title: text("title") });
}

async function download(file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
