// The visitor's camera: a live picture and a shutter.

const REASONS = { NotAllowedError: "camera_refused", SecurityError: "camera_refused" };

/** @param {(shot: Blob) => void} onShot gets each picture taken, as a PNG of the camera's own size. */
export class Camera {
  #dialog;
  #video;
  #stream;
  #facing = "environment";

  constructor(dialog, onShot) {
    this.#dialog = dialog;
    this.#video = dialog.querySelector("video");
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
    this.#video.classList.toggle("mirror", facingMode !== "environment");
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
