// What is painted, in the page's address: ?style=baroque&brush=broad, or ?mix=baroque:0.4,rococo:0.6 as in `stylize --mix`.

import { BRUSHES } from "./paint/brush.js";

/** What an address asks for: `{shares, brush}`. Whatever is wrong or unknown in it is left out. */
export function readAddress(search, styles) {
  const asked = new URLSearchParams(search);
  const brush = BRUSHES.find((name) => name === asked.get("brush"));
  const style = styles.find(({ folder }) => folder === asked.get("style"));
  return { shares: style ? { [style.folder]: 1 } : readMix(asked.get("mix") ?? "", styles), brush };
}

function readMix(mix, styles) {
  const parts = mix.split(",").map((part) => part.split(":"));
  const found = parts.map(([name]) => styles.find(({ folder }) => folder === name));
  const shares = Object.fromEntries(parts.map(([name, share]) => [name, Number(share)]));
  const sum = Object.values(shares).reduce((one, other) => one + other, 0);
  const one = found.every((style) => style?.mix && style.model.sha256 === found[0].model.sha256);
  const sound = parts.length === Object.keys(shares).length && Object.values(shares).every((share) => share > 0);
  return one && sound && Math.abs(sum - 1) < 0.001 ? shares : undefined;
}

/** The address that asks for it. */
export function writeAddress({ shares, brush }) {
  const [[name], ...more] = Object.entries(shares);
  const mix = Object.entries(shares).map(([part, share]) => `${part}:${Number(share.toFixed(2))}`);
  const asked = more.length ? `mix=${mix.join(",")}` : `style=${name}`;
  return `?${asked}${brush ? `&brush=${brush}` : ""}`;
}
