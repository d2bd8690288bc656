// The language that the page speaks.

import { TEXTS, fill, pickLanguage } from "./texts.js";

let language = pickLanguage(navigator.languages);

export function currentLanguage() {
  return language;
}

export function changeLanguage(chosen) {
  language = chosen;
}

/** A text of the page. */
export function text(key, ...values) {
  return fill(TEXTS[language][key], ...values);
}

/** A text of a style or an example; English where it has no other. */
export function translated(texts) {
  return (typeof texts === "string" ? texts : texts?.[language] ?? texts?.en) ?? "";
}

export function localized(number, options) {
  return number.toLocaleString(language, options);
}
