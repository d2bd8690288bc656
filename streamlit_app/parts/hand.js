// Hands the painting on: to the clipboard and to the share sheet of a phone, where the browser has them.
export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const file = async () => {
    const blob = await (await fetch(data.image)).blob();
    return new File([blob], data.name, { type: blob.type });
  };
  // The clipboard takes PNG alone; the promise is handed over at once, because Safari forgets the click otherwise.
  const png = async () => {
    const picture = await createImageBitmap(await file());
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };
  const say = (text) => { find(".said").textContent = text; };
  const [copy, share] = [find(".copy"), find(".share")];
  copy.textContent = data.copy;
  share.textContent = data.share;
  copy.hidden = !(navigator.clipboard?.write && window.ClipboardItem);
  share.hidden = !navigator.canShare?.({ files: [new File([], "x.jpg", { type: "image/jpeg" })] });
  copy.onclick = () => navigator.clipboard.write([new ClipboardItem({ "image/png": png() })])
    .then(() => say(data.copied), () => say(data.not_copied));
  share.onclick = async () => {
    try {
      await navigator.share({ files: [await file()], title: data.title, text: data.title, url: location.href });
    } catch (error) {
      if (error.name !== "AbortError") say(data.not_shared);
    }
  };
}
