// The page: what the visitor chooses, and what is shown of it.

import { Camera } from "./camera.js";
import { Compare } from "./compare.js";
import { Painter } from "./painter.js";
import { BRUSHES, fitLongSide, openPicture, paintedSizes } from "./picture.js";
import { TEXTS, fill, pickLanguage } from "./texts.js";

const SIDE = 512;
const QUALITY = 0.95;
const PATIENCE = 15_000; // Milliseconds.
const DIGITS = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png" };

const $ = (id) => document.getElementById(id);
const compare = new Compare($("compare"));
const camera = new Camera($("booth"), (shot) => usePicture(shot, `${text("camera_photo")}.png`));
const state = { language: pickLanguage(navigator.languages), kept: false };
let painter;
let site;
let round = 0;

function text(key, ...values) {
  return fill(TEXTS[state.language][key], ...values);
}

/** A text of a style in the page's language; English where it has no other. */
function translated(texts) {
  return texts?.[state.language] ?? texts?.en ?? "";
}

function model() {
  const { models } = state.style;
  return models.find(({ side }) => side === state.side) ?? models.at(-1);
}

// What is shown

function speak(language) {
  state.language = language;
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
  $("offline").textContent = state.offline ? text("offline") : "";
  if (site) showSite();
}

function showSite() {
  $("examples").replaceChildren(...site.examples.map(exampleButton));
  $("periods").replaceChildren(...site.styles.map(periodCard));
  showSizes();
  showBrushes();
  showAbout();
  showLabel();
  showStatus();
  showError();
}

function exampleButton({ title, file }) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", text("example", translated(title)));
  const picture = Object.assign(new Image(), { src: file, alt: "" });
  button.append(picture);
  button.addEventListener("click", () => useExample({ title, file }));
  return button;
}

function choice(name, value, checked, onChange) {
  const input = Object.assign(document.createElement("input"), { type: "radio", name, value, checked });
  input.addEventListener("change", onChange);
  return input;
}

function element(tag, className, content) {
  return Object.assign(document.createElement(tag), { className, textContent: content });
}

function periodCard(style) {
  const card = element("label", "card", "");
  const input = choice("period", style.folder, style === state.style, () => {
    state.style = style;
    showSizes();
    showBrushes();
    showAbout();
    paint();
  });
  const heading = element("span", "card-name", translated(style.name));
  heading.append(" ", element("span", "card-years", style.years));
  card.append(input, heading, element("span", "card-about", translated(style.about)));
  if (style.preview) card.append(element("span", "badge", text("preview").replace(/\.$/, "")));
  return card;
}

function showSizes() {
  const options = state.style.models.map(({ side }) => [side, text("pixels", side)]);
  showOptions("size", options, model().side, (side) => {
    state.side = side;
    showBrushes();
    paint();
  });
}

/** The brushes that differ for this picture at this size; of those that paint alike, the broadest. */
function showBrushes() {
  const alike = new Map(BRUSHES.map((brush) => [sizesOf(brush), brush]));
  const options = [...alike.values()].map((name) => [name, text(name)]);
  $("step-brush").hidden = options.length < 2;
  showOptions("brush", options, alike.get(sizesOf(brush())), (chosen) => {
    state.brush = chosen;
    paint();
  });
}

function brush() {
  return state.brush ?? state.style.brush;
}

function sizesOf(name) {
  const { side } = model();
  const { width, height } = state.picture ?? { width: side, height: side };
  return JSON.stringify(paintedSizes(fitLongSide(width, height, side), name));
}

function showOptions(name, options, chosen, choose) {
  const labels = options.map(([value, words]) => {
    const label = element("label", "option", "");
    label.append(choice(name, value, value === chosen, () => choose(value)), element("span", "", words));
    return label;
  });
  $(`${name}-options`).replaceChildren(...labels);
}

function showAbout() {
  const { training, licence } = state.style;
  const { steps, paintings, photos, command } = training;
  $("trained").textContent = paintings ? text("trained", ...[steps, paintings, photos].map(localized)) : "";
  $("command").textContent = command ?? "";
  $("command").hidden = !command;
  $("licence").textContent = licence;
}

function localized(number) {
  return number.toLocaleString(state.language);
}

function showLabel() {
  const { picture, style, shown } = state;
  if (!picture) return;
  const { name, example, width, height } = picture;
  $("label-title").textContent = text("label", example ? translated(example) : name);
  $("label-period").textContent = [translated(style.name), style.years].filter(Boolean).join(", ");
  $("label-facts").textContent = shown ? sizes(shown, width, height) : "";
  $("label-note").hidden = !style.preview && !style.note;
  const plain = typeof style.note === "string";
  const note = element("span", "", (plain ? style.note : translated(style.note)) || text("preview_plain"));
  if (plain && style.note) note.lang = "en";
  $("label-note").replaceChildren(...(style.preview ? [element("strong", "", text("preview")), " "] : []), note);
}

function sizes(painted, width, height) {
  const same = painted.width === width && painted.height === height;
  return same ? text("facts", width, height) : text("scaled", painted.width, painted.height, width, height);
}

function showStatus() {
  const seconds = ((state.shown?.milliseconds ?? 0) / 1000).toLocaleString(state.language, DIGITS);
  $("status").textContent = state.status ? text(state.status, seconds) : "";
}

function say(status) {
  state.status = status;
  compare.busy = status === "loading" || status === "working";
  showStatus();
}

/** Shows why something did not work; no argument takes the message away. */
function complain(error) {
  state.error = error;
  showError();
}

function showError() {
  const { error } = state;
  $("error").hidden = !error;
  // What has no reason of its own is a fault of the page; it belongs into the console too.
  if (error && !error.reason) console.error(error);
  $("error").textContent = error ? text(error.reason ?? "failed", ...(error.values ?? [])) : "";
  if (error) $("error").scrollIntoView({ block: "nearest" });
}

// What happens

async function usePicture(blob, name, example) {
  const mine = ++round;
  complain();
  try {
    const picture = await openPicture(blob, name);
    if (mine !== round) return;
    state.picture = { ...picture, name: stem(name), example };
    state.shown = undefined;
    $("save").disabled = true;
    compare.showPhoto(picture.pixels);
    showBrushes();
    bringIntoView();
  } catch (error) {
    if (mine === round) complain(error);
    return;
  }
  await paint();
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

async function paint() {
  const { picture, style } = state;
  if (!picture) return;
  const mine = ++round;
  complain();
  showLabel();
  say(state.ready ? "working" : "loading");
  try {
    const painted = await painter.paint(picture.pixels, model(), brush());
    if (mine !== round) return;
    state.ready = true;
    // Only now the engine's files, too, were fetched and kept.
    state.offline = state.kept;
    $("offline").textContent = state.offline ? text("offline") : "";
    state.shown = { ...painted, style };
    compare.show(painted);
    $("save").disabled = false;
    showLabel();
    say("took");
  } catch (error) {
    if (mine !== round) return;
    say();
    complain(error);
  }
}

async function save() {
  const type = $("format").value;
  const blob = await new Promise((resolve) => compare.canvas.toBlob(resolve, type, QUALITY));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${state.picture.name}-${state.shown.style.folder}.${SUFFIXES[type]}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function firstFile(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/")) ?? transfer?.files?.[0];
}

function useTransfer(transfer) {
  const file = firstFile(transfer);
  if (file) usePicture(file, file.name);
  else complain({ reason: "no_picture" });
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
    camera.open().catch(complain);
  });
  $("save").addEventListener("click", save);
  listenForDrops();
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

/** Keeps the page for times without a connection; what is fetched after this is kept too. */
async function keepOffline() {
  if (!("serviceWorker" in navigator) || !window.isSecureContext || !location.protocol.startsWith("http")) return;
  try {
    await Promise.race([takenOver(), failAfter(PATIENCE)]);
    state.kept = Boolean(navigator.serviceWorker.controller);
  } catch (error) {
    // The page works all the same, with a connection.
    console.warn("The page is not kept for times without a connection:", error);
  }
}

async function takenOver() {
  const registration = await navigator.serviceWorker.register("service-worker.js");
  if (registration.active) return;
  const worker = registration.installing ?? registration.waiting;
  await new Promise((resolve, reject) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    worker.addEventListener("statechange", () => {
      if (worker.state === "redundant") reject(new Error("not all files could be kept"));
    });
  });
}

function failAfter(milliseconds) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("it took too long")), milliseconds);
  });
}

async function start() {
  $("boot").remove();
  document.querySelector("main").hidden = false;
  listen();
  speak(state.language);
  say("loading");
  await keepOffline();
  try {
    site = await (await fetch("index.json")).json();
  } catch {
    say();
    complain({ reason: "no_styles" });
    return;
  }
  state.style = site.styles[0];
  state.side = SIDE;
  $("source").href = site.repository;
  showSite();
  painter = new Painter();
  if (site.examples.length) await useExample(site.examples[0]);
}

start();
