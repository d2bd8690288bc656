// The periods: a card for each with the visitor's own photo in it, and a slider that goes from one to the next.

import { $, choice, draw, element } from "./elements.js";
import { localized, text, translated } from "./language.js";

// From one period to the next.
const STEPS = 20;
const CARD_WIDTH = 120;

/** What is painted: `shares` by the names of styles; all of them are of one network and add up to 1. */
export class Periods {
  #styles;
  #shares;
  #cards = new Map(); // Name → the card's canvas.
  #onChoose;

  /**
   * @param styles as in index.json.
   * @param shares to begin with.
   * @param {(moving: boolean) => void} onChoose is called after each change; moving if the next may follow at once.
   */
  constructor(styles, shares, onChoose) {
    this.#styles = styles;
    this.#shares = shares;
    this.#onChoose = onChoose;
    $("between").addEventListener("input", () => this.#slide());
  }

  get shares() {
    return this.#shares;
  }

  /** The style that has the largest part in what is painted. */
  get main() {
    const [name] = Object.entries(this.#shares).reduce((one, other) => (other[1] > one[1] ? other : one));
    return this.#style(name);
  }

  /** The weights of the periods that the network is given; undefined where it has only one. */
  get mix() {
    const { mix } = this.main;
    if (!mix) return undefined;
    const parts = Object.entries(this.#shares).map(([name, share]) => this.#style(name).mix.map((part) => part * share));
    return parts.reduce((sum, part) => sum.map((value, i) => value + part[i]));
  }

  get styles() {
    return this.#styles;
  }

  choose(name) {
    this.#shares = { [name]: 1 };
    this.#update();
    this.#onChoose(false);
  }

  /** Writes all texts, and all cards anew. */
  show() {
    const old = this.#cards;
    this.#cards = new Map();
    $("periods").replaceChildren(...this.#styles.map((style) => this.#card(style, old.get(style.folder))));
    this.#update();
  }

  /** Until a photo is painted in all periods, their cards show the photo itself. */
  showPhoto(photo) {
    const scale = CARD_WIDTH / photo.width;
    for (const canvas of this.#cards.values()) {
      [canvas.width, canvas.height] = [CARD_WIDTH, Math.round(photo.height * scale)];
      canvas.getContext("2d").drawImage(photo, 0, 0, canvas.width, canvas.height);
    }
  }

  showThumbnail({ folder }, { painting, width, height }) {
    draw(this.#cards.get(folder), painting, width, height);
  }

  /** What is painted, in words: a period with its years, or the parts of a mixture. */
  get caption() {
    const parts = Object.entries(this.#shares);
    const { name, years } = this.main;
    if (parts.length === 1) return [translated(name), years].filter(Boolean).join(", ");
    return parts
      .map(([part, share]) => text("part", localized(Math.round(share * 100)), translated(this.#style(part).name)))
      .join(" + ");
  }

  #style(name) {
    return this.#styles.find(({ folder }) => folder === name);
  }

  #card(style, canvas = element("canvas", "card-picture")) {
    const card = element("label", "card");
    canvas.setAttribute("aria-hidden", "true");
    this.#cards.set(style.folder, canvas);
    const input = choice("period", style.folder, false, () => this.choose(style.folder));
    const words = element("span", "card-words");
    words.append(element("span", "card-name", hyphenated(translated(style.name))), " ", element("span", "card-years", style.years));
    if (style.preview) words.append(" ", element("span", "badge", text("preview").replace(/\.$/, "")));
    card.append(input, canvas, words);
    return card;
  }

  /** The periods of the network that paints, in the order of their years. */
  get #line() {
    const { sha256 } = this.main.model;
    const year = ({ years }) => Number.parseInt(years, 10) || 0;
    return this.#styles.filter(({ model }) => model.sha256 === sha256).sort((one, other) => year(one) - year(other));
  }

  #slide() {
    const line = this.#line;
    const place = Number($("between").value);
    const before = Math.min(Math.floor(place / STEPS), line.length - 2);
    const share = (place - before * STEPS) / STEPS;
    const parts = { [line[before].folder]: 1 - share, [line[before + 1].folder]: share };
    this.#shares = Object.fromEntries(Object.entries(parts).filter(([, part]) => part > 0));
    this.#update();
    this.#onChoose(true);
  }

  #update() {
    const names = Object.keys(this.#shares);
    for (const input of document.querySelectorAll("input[name=period]")) {
      input.checked = names.length === 1 && input.value === names[0];
      input.parentNode.classList.toggle("part", names.length > 1 && names.includes(input.value));
    }
    this.#updateSlider();
  }

  #updateSlider() {
    const line = this.#line;
    $("between-box").hidden = line.length < 2;
    if (line.length < 2) return;
    const slider = $("between");
    slider.max = (line.length - 1) * STEPS;
    const places = line.map(({ folder }, i) => (this.#shares[folder] ?? 0) * i);
    slider.value = Math.round(places.reduce((sum, place) => sum + place, 0) * STEPS);
    slider.setAttribute("aria-valuetext", this.caption);
    $("between-caption").textContent = this.caption;
    $("between-painters").textContent = Object.keys(this.#shares).map((name) => painters(this.#style(name))).join(" · ");
    $("between-years").replaceChildren(...line.map(({ years }) => element("span", "", years.split("–")[0])));
  }
}

/** A name with places where it may be parted: a card is narrow, and not every browser knows where. */
function hyphenated(name) {
  return name.replace(/(\p{L}{4})(impress)/gu, "$1\u00ad$2").replace(/(\p{L}{4})(isme?|ismus)(?!\p{L})/gu, "$1\u00ad$2");
}

/** The names at the end of what is said of a period: "Light and weather: Monet, Renoir." */
function painters({ about }) {
  const names = [...translated(about).matchAll(/: ([^:.]+)\./g)].map(([, list]) => list);
  return names.join(", ");
}
