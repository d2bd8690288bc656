// A slider from period to period in the order of their years; what it mixes is said while it moves, and painted when it rests.
export default function ({ parentElement, data, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const box = find(".years");
  const input = find("input");
  const { steps } = data;
  const periods = JSON.parse(data.periods);
  input.max = (periods.length - 1) * steps;
  input.setAttribute("aria-label", data.label);
  find(".first").textContent = periods[0].name;
  find(".last").textContent = periods.at(-1).name;
  const say = () => {
    const at = Number(input.value);
    const [left, right] = [periods[Math.floor(at / steps)], periods[Math.min(Math.ceil(at / steps), periods.length - 1)]];
    const share = (at % steps) / steps;
    const percent = Math.round(100 * share);
    const parts = percent < 50 ? [[100 - percent, left], [percent, right]] : [[percent, right], [100 - percent, left]];
    const words = percent ? parts.map(([number, { name }]) => `${number} % ${name}`).join(", ") : left.name;
    find(".mix").textContent = words;
    find(".about").textContent = (percent < 50 ? left : right).about;
    const year = Math.round(left.year + share * (right.year - left.year));
    find("output").textContent = data.around.replace("{}", year);
    input.setAttribute("aria-valuetext", `${data.around.replace("{}", year)}: ${words}`);
    box.style.setProperty("--at", `${(100 * at) / input.max}%`);
  };
  if (!box.held) input.value = data.at;
  input.oninput = () => { box.held = true; say(); };
  input.onchange = () => { box.held = false; setTriggerValue("moved", Number(input.value)); };
  say();
}
