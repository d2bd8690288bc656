// Pictures to choose from, each a button.
export default function ({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".thumbs");
  box.className = `thumbs ${data.kind}`;
  box.setAttribute("aria-label", data.label);
  box.style.setProperty("--columns", data.columns);
  box.style.setProperty("--narrow", data.narrow);
  const items = JSON.parse(data.items);
  const element = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text });
  // Long names break before their ends, in browsers too that know no German syllables.
  const soft = (name) => name.replace(/(?<=impression)(?=ism)|(?<=[Pp]ost)(?=impression)/gi, "\u00ad");
  while (box.children.length > items.length) box.lastChild.remove();
  // On a phone the wall may be out of sight when it is asked for.
  if (data.kind === "hung" && !box.seen) requestAnimationFrame(() => box.scrollIntoView({ block: "nearest" }));
  box.seen = true;
  items.forEach((item, place) => {
    // Buttons are changed and not replaced, so that none loses the focus.
    const button = box.children[place] ?? box.appendChild(element("button", "", ""));
    button.type = "button";
    button.onclick = () => setTriggerValue("pick", item.key);
    if (item.chosen === null) button.removeAttribute("aria-pressed");
    else button.setAttribute("aria-pressed", item.chosen);
    if (item.alt && !item.name) button.setAttribute("aria-label", item.alt);
    const before = button.querySelector("img");
    const image = item.src ? before ?? element("img", "", "") : element("span", "blank", "");
    if (item.src) {
      if (image.src !== item.src) image.src = item.src;
      image.alt = item.name ? "" : item.alt;
      image.draggable = false;
    }
    const parts = [image];
    if (item.name) {
      const words = element("span", "words", "");
      words.append(element("span", "name", soft(item.name)));
      if (item.years) words.append(element("span", "years", item.years));
      if (item.badge) words.append(element("span", "badge", item.badge));
      parts.push(words);
    }
    button.replaceChildren(...parts);
    if (item.chosen && data.kind === "strip") button.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
