// Every visible text with its contrast by WCAG 2 against the opaque ground under it.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parent = (e) => e.parentElement ?? e.getRootNode().host;
  // A slider's number hangs above its thumb: what does not lie under the text is not its ground.
  const under = (e, box) => {
    const b = e.getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    return b.left <= x && x <= b.right && b.top <= y && y <= b.bottom;
  };
  const ground = (e) => {
    const layers = [];
    const box = e.getBoundingClientRect();
    for (; e && !e.matches(".stApp"); e = parent(e)) {
      if (!under(e, box)) continue;
      const colour = rgba(getComputedStyle(e).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    const page = rgba(getComputedStyle(document.querySelector(".stApp")).backgroundColor);
    return layers.reverse().reduce((below, top) => over(top, below), page);
  };
  const seen = [];
  const walk = (root) => {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot) walk(e.shadowRoot);
      const own = [...e.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim());
      if (!own.length || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (e.matches("style, script, option, [disabled] *") || e.closest("[data-testid=stIconMaterial]")) continue;
      const style = getComputedStyle(e);
      if (parseFloat(style.fontSize) < 1) continue;
      let opacity = 1;
      for (let p = e; p; p = parent(p)) opacity *= Number(getComputedStyle(p).opacity);
      if (opacity === 0) continue;
      const below = ground(e);
      const ink = rgba(style.color);
      const [a, b] = [light(over([...ink.slice(0, 3), ink[3] * opacity], below)), light(below)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      seen.push({ text: e.textContent.trim().slice(0, 60), ratio: Math.round(ratio * 100) / 100, wanted: large ? 3 : 4.5 });
    }
  };
  walk(document.querySelector(".stApp"));
  return seen;
}
