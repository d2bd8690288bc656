// The page: what the visitor chooses, and what is shown of it.

import { readAddress, writeAddress } from "./address.js";
import { Camera } from "./camera.js";
import { Compare } from "./compare.js";
import { $, choice, element } from "./elements.js";
import { changeLanguage, currentLanguage, localized, text, translated } from "./language.js";
import { keepOffline } from "./offline.js";
import { BRUSHES, paintedSizes } from "./paint/brush.js";
import { finish } from "./paint/finish.js";
import { Painter } from "./paint/painter.js";
import { fitLongSide, openPicture } from "./paint/pixels.js";
import { Periods } from "./periods.js";
import { drawCard } from "./take/card.js";
import { Take } from "./take/take.js";

// Longer sides of what is painted: what is seen in the end; and at once, on the cards and in the mirror.
const VIEW = window.matchMedia("(min-width: 60rem)").matches ? 768 : 512;
const QUICK = 256;
// Jobs by their urgency.
const URGENT = { quick: 3, thumbnail: 2, view: 1 };
// How long, in milliseconds, a finger rests before the whole picture is painted.
const REST = 350;
const RATE = { maximumFractionDigits: 0 };
const SECONDS = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

const compare = new Compare($("compare"));
const painter = new Painter();
const camera = new Camera($("booth"), {
  onShot: (shot) => usePicture(shot, `${text("camera_photo")}.png`),
  onRate: (rate) => ($("rate").textContent = text("rate", localized(rate, RATE))),
  onFault: (error) => complain(error, $("drop")),
  paint: (pixels) => painter.paint(pixels, wanted(QUICK, "fine"), { kind: "mirror", urgency: URGENT.quick }),
});
const state = { strength: 100, colours: false };
let site;
let periods;
let take;
let opened = 0; // How many files were opened; only the last one counts.
let opening; // Promise of its picture.
let round = 0; // How often something was to be painted; only the last one is shown.
let rest;

function brush() {
  return state.brush ?? periods.main.brush;
}

function wanted(side, brushName = brush()) {
  return { model: periods.main.model, mix: periods.mix, side, brush: brushName };
}

// What is shown

function speak(language) {
  changeLanguage(language);
  document.documentElement.lang = language;
  document.title = text("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", text(node.dataset.label));
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  compare.describeBy((percent) => text("slider_value", percent));
  showStrength();
  showOffline();
  showError();
  if (periods) showSite();
}

function showSite() {
  $("examples").replaceChildren(...site.examples.map(exampleButton));
  periods.show();
  const options = site.styles.map(({ folder, name }) => new Option(translated(name), folder));
  $("booth-period").replaceChildren(...options);
  $("booth-period").value = periods.main.folder;
  showChoices();
}

function showChoices() {
  showBrushes();
  showAbout();
  showLabel();
  showStatus();
}

function exampleButton({ title, file }) {
  const button = element("button", "");
  button.type = "button";
  button.setAttribute("aria-label", text("example", translated(title)));
  button.append(Object.assign(new Image(), { src: file, alt: "" }));
  button.addEventListener("click", () => useExample({ title, file }));
  return button;
}

/** The brushes that differ for this picture; of those that paint alike, the broadest. */
function showBrushes() {
  const alike = new Map(BRUSHES.map((name) => [sizesOf(name), name]));
  $("step-brush").hidden = alike.size < 2;
  const chosen = alike.get(sizesOf(brush()));
  const labels = [...alike.values()].map((name) => {
    const label = element("label", "option");
    const input = choice("brush", name, name === chosen, () => {
      state.brush = name;
      chosenAnew();
    });
    label.append(input, element("span", "", text(name)));
    return label;
  });
  $("brush-options").replaceChildren(...labels);
}

function sizesOf(name) {
  const { width, height } = state.picture ?? { width: VIEW, height: VIEW };
  return JSON.stringify(paintedSizes(fitLongSide(width, height, VIEW), name));
}

function showStrength() {
  $("strength").setAttribute("aria-valuetext", text("percent", state.strength));
  $("strength-value").textContent = text("percent", state.strength);
}

function showAbout() {
  const { training, licence, about, note } = periods.main;
  const { steps, paintings, photos, command } = training;
  $("about-period").textContent = translated(about);
  $("note").textContent = translated(note);
  $("note").lang = typeof note === "string" ? "en" : currentLanguage();
  const numbers = [steps, paintings, photos].map((number) => localized(number ?? 0));
  $("trained").textContent = paintings ? text("trained", ...numbers) : "";
  $("command").textContent = command ?? "";
  $("command").hidden = !command;
  $("licence").textContent = licence;
}

function showLabel() {
  const { picture, shown } = state;
  if (!picture) return;
  $("label-title").textContent = titleOf(picture);
  $("label-period").textContent = $("mini-words").textContent = periods.caption;
  $("facts").textContent = shown ? sizes(shown, picture.width, picture.height) : "";
  showPreview(periods.main);
}

/** A style that is not good yet says so on the label. */
function showPreview({ preview, note }) {
  $("label-note").hidden = !preview;
  const words = element("span", "", translated(note) || text("preview_plain"));
  if (typeof note === "string" && note) words.lang = "en";
  $("label-note").replaceChildren(element("strong", "", text("preview")), " ", words);
}

function titleOf({ name, example }) {
  const title = text("label", example ? translated(example) : name);
  return title.charAt(0).toLocaleUpperCase() + title.slice(1);
}

function sizes(painted, width, height) {
  const same = painted.width === width && painted.height === height;
  return same ? text("facts", width, height) : text("scaled", painted.width, painted.height, width, height);
}

function showStatus() {
  const seconds = localized((state.shown?.milliseconds ?? 0) / 1000, SECONDS);
  $("status").textContent = state.status ? text(state.status, seconds) : "";
}

function say(status) {
  state.status = status;
  compare.busy = status === "loading" || status === "working";
  showStatus();
}

function showOffline() {
  $("offline").textContent = state.offline ? text("offline") : "";
}

/** Shows, after an element, why something did not work; no argument takes the message away. */
function complain(error, place = $("status")) {
  state.error = error;
  showError();
  if (!error) return;
  // What has no reason of its own is a fault of the page; it belongs into the console too.
  if (!error.reason) console.error(error);
  place.after($("error"));
  $("error").scrollIntoView({ block: "nearest" });
}

function showError() {
  const { error } = state;
  $("error").hidden = !error;
  $("error").textContent = error ? text(error.reason ?? "failed", ...(error.values ?? [])) : "";
}

/** What was painted, with the chosen strength and colours. */
function showPainting() {
  const { photo, painting, width, height } = state.shown;
  compare.show({ photo, painting: finish(photo, painting, state), width, height });
  const mini = $("mini").querySelector("canvas");
  [mini.width, mini.height] = [width, height];
  mini.getContext("2d").drawImage(compare.canvas, 0, 0);
  showLabel();
}

// What happens

/** A file that is no picture leaves everything as it is. */
async function usePicture(blob, name, example) {
  const mine = ++opened;
  complain();
  opening = openPicture(blob, name).catch((error) => {
    if (mine === opened) complain(error, $("drop"));
  });
  const picture = await opening;
  if (!picture || mine !== opened) return;
  state.picture = { ...picture, blob, name: stem(name), example };
  state.shown = undefined;
  take.ready = false;
  compare.showPhoto(picture.pixels);
  periods.showPhoto($("photo"));
  showChoices();
  bringIntoView();
  await Promise.all([paint(), paintThumbnails()]);
}

/** On a phone the choices lie below the picture. */
function bringIntoView() {
  const { top, bottom } = $("compare").getBoundingClientRect();
  if (bottom < 0 || top > window.innerHeight) $("wall").scrollIntoView({ block: "start" });
}

/** A file's name without folder and ending, and without what a file system may not like. */
function stem(name) {
  const plain = name.replace(/^.*[\\/]/, "").replace(/(.)\.[^.]*$/, "$1");
  const safe = plain.replace(/[\p{Cc}\p{Cs}<>:"|?*]/gu, "_").replace(/^\./, "_");
  return [...safe].slice(0, 50).join("") || "photo";
}

async function useExample({ title, file }) {
  const response = await fetch(file).catch(() => undefined);
  const blob = response?.ok ? await response.blob() : new Blob();
  await usePicture(blob, file, title);
}

/**
 * What the visitor has chosen is painted: small at once, and larger when nothing moves any more.
 * @param quick whether small at once.
 */
async function paint({ moving = false, quick = true } = {}) {
  const { picture } = state;
  if (!picture) return;
  const mine = ++round;
  clearTimeout(rest);
  showLabel();
  say(state.ready ? "working" : "loading");
  try {
    if (quick) await paintAt(QUICK, "quick", mine);
    if (mine !== round) return;
    rest = setTimeout(() => paintWhole(mine), moving ? REST : 0);
  } catch (error) {
    failed(mine)(error);
  }
}

function paintWhole(mine) {
  // Browsers limit how often the address may change.
  if (state.chosen) history.replaceState(null, "", writeAddress({ shares: periods.shares, brush: state.brush }));
  paintAt(VIEW, "view", mine).catch(failed(mine));
}

function failed(mine) {
  return (error) => {
    if (mine !== round) return;
    say();
    take.ready = Boolean(state.shown);
    complain(error);
  };
}

async function paintAt(side, kind, mine) {
  const painted = await painter.paint(state.picture.pixels, wanted(side), { kind, urgency: URGENT[kind] });
  if (!painted || mine !== round) return;
  state.ready = true;
  // Only now the engine's files, too, were fetched and kept.
  state.offline = state.kept;
  showOffline();
  state.shown = painted;
  showPainting();
  if (kind === "quick") return;
  take.ready = true;
  say("took");
}

/** Every period's card shows the visitor's own photo. */
async function paintThumbnails() {
  const { pixels } = state.picture;
  const jobs = periods.styles.map(async (style) => {
    const asked = { model: style.model, mix: style.mix ?? undefined, side: QUICK, brush: "fine" };
    const job = { kind: `thumbnail ${style.folder}`, urgency: URGENT.thumbnail };
    const painted = await painter.paint(pixels, asked, job);
    if (painted && pixels === state.picture.pixels) periods.showThumbnail(style, painted);
  });
  // A style that cannot be painted is reported when it is chosen.
  await Promise.allSettled(jobs);
}

/** After every choice of period or brush. */
function chosenAnew(moving = false) {
  complain();
  take.ready = false;
  state.chosen = true;
  $("booth-period").value = periods.main.folder;
  showChoices();
  paint({ moving });
}

function card() {
  const words = { title: titleOf(state.picture), period: periods.caption, foot: text("card_foot") };
  return drawCard($("photo"), compare.canvas, words);
}

function look() {
  const { picture, shown, strength, colours } = state;
  const name = `${picture.name}-${Object.keys(periods.shares).join("-")}`;
  const key = [round, strength, colours, currentLanguage()].join();
  return { picture, shown, wanted: wanted(), finishing: { strength, colours }, name, key };
}

function useTransfer(transfer) {
  const files = [...(transfer?.files ?? [])];
  const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
  if (file) usePicture(file, file.name);
  else complain({ reason: "no_picture" }, $("drop"));
}

function listen() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => speak(button.dataset.language));
  }
  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", ({ target }) => {
    if (target.files[0]) usePicture(target.files[0], target.files[0].name);
    target.value = ""; // So that the same file can be chosen again.
  });
  $("camera").addEventListener("click", () => {
    complain();
    camera.open().catch((error) => complain(error, $("drop")));
  });
  $("booth-period").addEventListener("change", ({ target }) => periods.choose(target.value));
  listenForFinish();
  listenForDrops();
  watchPicture();
}

function listenForFinish() {
  $("strength").addEventListener("input", ({ target }) => {
    state.strength = Number(target.value);
    showStrength();
    if (state.shown) showPainting();
  });
  $("colours").addEventListener("change", ({ target }) => {
    state.colours = target.checked;
    if (state.shown) showPainting();
  });
}

function listenForDrops() {
  const drop = $("drop");
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    useTransfer(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    useTransfer(event.clipboardData);
  });
}

/** On a phone a small painting stays in view while the visitor chooses further down. */
function watchPicture() {
  const seen = new IntersectionObserver(([{ intersectionRatio }]) => {
    document.body.toggleAttribute("data-far", intersectionRatio < 0.25);
  }, { threshold: 0.25 });
  seen.observe($("compare"));
  $("mini").addEventListener("click", () => $("wall").scrollIntoView({ block: "start" }));
}

/** The first example with a painting that was made before, until the painter is there. */
async function showFirst({ file, title }) {
  const blobs = [file, site.preview].map(async (name) => (await fetch(name)).blob());
  const [blob, before] = await Promise.all(blobs);
  const [photo, painting] = await Promise.all([openPicture(blob, file), openPicture(before, site.preview)]);
  const { width, height } = painting;
  if (state.picture) return;
  state.picture = { ...photo, blob, name: stem(file), example: title };
  compare.show({ photo: photo.pixels.data, painting: painting.pixels.data, width, height });
  periods.showPhoto($("photo"));
  showChoices();
}

async function start() {
  $("boot").remove();
  document.querySelector("main").hidden = false;
  listen();
  speak(currentLanguage());
  say("loading");
  try {
    site = await (await fetch("index.json")).json();
  } catch {
    say();
    complain({ reason: "no_styles" });
    return;
  }
  const asked = readAddress(location.search, site.styles);
  state.brush = asked.brush;
  periods = new Periods(site.styles, asked.shares ?? { [site.styles[0].folder]: 1 }, chosenAnew);
  take = new Take({ look, card, complain: (error) => complain(error, $("taken")) });
  $("source").href = site.repository;
  showSite();
  const [first] = site.examples;
  if (first && site.preview && !asked.shares && !asked.brush) {
    await showFirst(first).catch((error) => console.warn("The first painting is not shown:", error));
  }
  state.kept = await keepOffline();
  await opening;
  if (round) return; // The visitor was faster.
  if (state.picture) await Promise.all([paint({ quick: false }), paintThumbnails()]);
  else if (first) await useExample(first);
}

start();
