// The visitor's camera as a mirror that paints: a live picture, its painting as fast as the device paints, a shutter.

import { draw } from "./elements.js";

const REASONS = { NotAllowedError: "camera_refused", SecurityError: "camera_refused" };
// Longer side of the live painting.
const SIDE = 256;
// Over how many milliseconds the frames are counted.
const COUNTED = 2000;

/** The painting may lag behind; the camera's own picture is shown by the browser and never waits for it. */
export class Camera {
  #dialog;
  #video;
  #painting;
  #paint;
  #onRate;
  #onFault;
  #stream;
  #facing = "user";

  /**
   * @param {(shot: Blob) => void} onShot gets each picture taken, as a PNG of the camera's own size.
   * @param {(pixels: ImageData) => Promise} paint makes a small painting: `{painting, width, height}`.
   * @param {(rate: number) => void} onRate gets the frames a second that are painted.
   * @param {(error: Error) => void} onFault gets the reason why no frame can be painted; the camera is then closed.
   */
  constructor(dialog, { onShot, onRate, onFault, paint }) {
    this.#dialog = dialog;
    this.#video = dialog.querySelector("video");
    this.#painting = dialog.querySelector("canvas");
    this.#paint = paint;
    this.#onRate = onRate;
    this.#onFault = onFault;
    dialog.addEventListener("close", () => this.#stop());
    dialog.querySelector("#camera-close").addEventListener("click", () => dialog.close());
    dialog.querySelector("#camera-turn").addEventListener("click", () => this.#turn());
    dialog.querySelector("#shutter").addEventListener("click", async () => {
      const shot = await this.#shoot();
      dialog.close();
      onShot(shot);
    });
  }

  /** Asks for the camera and shows it. Throws an error whose `reason` names a text where there is none to be had. */
  async open() {
    await this.#start();
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter((device) => device.kind === "videoinput");
    this.#dialog.querySelector("#camera-turn").hidden = cameras.length < 2;
    this.#dialog.showModal();
    this.#dialog.querySelector("#shutter").focus();
    this.#begin();
  }

  #begin() {
    this.#mirror().catch((error) => {
      this.#dialog.close();
      this.#onFault(error);
    });
  }

  /** Paints one frame after the other until the camera is closed. */
  async #mirror() {
    const small = document.createElement("canvas");
    const context = small.getContext("2d", { willReadFrequently: true });
    const painted = [];
    const stream = this.#stream;
    while (stream && stream === this.#stream) {
      const { videoWidth, videoHeight } = this.#video;
      const scale = SIDE / Math.max(videoWidth, videoHeight);
      small.width = Math.round(videoWidth * scale);
      small.height = Math.round(videoHeight * scale);
      context.drawImage(this.#video, 0, 0, small.width, small.height);
      const shown = await this.#paint(context.getImageData(0, 0, small.width, small.height));
      if (!shown || stream !== this.#stream) return;
      draw(this.#painting, shown.painting, shown.width, shown.height);
      const now = performance.now();
      painted.push(now);
      while (painted[0] < now - COUNTED) painted.shift();
      if (painted.length > 1) this.#onRate((1000 * (painted.length - 1)) / (now - painted[0]));
    }
  }

  async #start() {
    if (!navigator.mediaDevices) throw failure("camera_insecure");
    this.#stop();
    const video = { facingMode: this.#facing, width: { ideal: 1920 }, height: { ideal: 1080 } };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      this.#video.srcObject = this.#stream;
      await this.#video.play();
    } catch (error) {
      this.#stop();
      throw failure(REASONS[error.name] ?? "camera_missing");
    }
    const { facingMode } = this.#stream.getVideoTracks()[0].getSettings();
    // People know themselves from mirrors; the picture that is taken is not turned round.
    this.#dialog.classList.toggle("mirrored", facingMode !== "environment");
  }

  async #turn() {
    const before = this.#facing;
    this.#facing = before === "user" ? "environment" : "user";
    try {
      await this.#start();
    } catch {
      this.#facing = before;
      await this.#start().catch(() => this.#dialog.close());
    }
    this.#begin();
  }

  #shoot() {
    const canvas = document.createElement("canvas");
    canvas.width = this.#video.videoWidth;
    canvas.height = this.#video.videoHeight;
    canvas.getContext("2d").drawImage(this.#video, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = this.#video.srcObject = null;
  }
}

function failure(reason) {
  return Object.assign(new Error(reason), { reason });
}
