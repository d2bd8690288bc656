"""What the page looks like beyond Streamlit's theme (.streamlit/config.toml)."""

import html
import json

import streamlit as st
from PIL import Image, ImageDraw

# Lines and grounds are mixed from the text's colour, so that light and dark need nothing of their own here.
_CSS = """
.stApp { --line: color-mix(in srgb, currentColor 24%, transparent);
  --ground: color-mix(in srgb, currentColor 6%, transparent);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "TeX Gyre Pagella", "Book Antiqua", Georgia, serif; }
.stMainBlockContainer { max-width: 66rem; padding: 1.25rem 1.25rem 4rem; }
.stAppHeader { background: transparent; pointer-events: none; }
.stAppHeader > * { pointer-events: auto; }
h1 { letter-spacing: -0.02em; line-height: 1.08 !important; text-wrap: balance; padding-top: 0 !important; }
.stHeading:has(h2) { border-top: 1px solid var(--line); margin-top: 1.75rem; padding-top: 1rem; }
h2 { padding-top: 0 !important; }
.lead { font-size: 1.2rem; line-height: 1.5; max-width: 38em; margin: 0; text-wrap: pretty; }
.stMarkdown > div > p { max-width: 46em; }
/* Streamlit's captions and options are fainter than AA allows. */
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { opacity: 1; color: inherit;
  font-size: .95rem; }
button[data-variant="segmented_control"], button[data-variant="segmented_control"] p { color: var(--ink) !important; }
.stCheckbox label p { white-space: normal !important; }
[data-testid="stSliderThumbValue"] { color: var(--ink) !important; }
[class*="st-key-card-"], [class*="st-key-example-"] {
  position: relative; gap: .5rem; transition: transform .15s, box-shadow .15s; background: var(--ground);
  border-radius: .75rem; overflow: hidden; padding-bottom: .75rem; }
.stColumn > .stVerticalBlock:has(> .stLayoutWrapper > [class*="st-key-card-"]) { height: 100%; }
.stLayoutWrapper:has(> [class*="st-key-card-"]) { flex: 1; }
[class*="st-key-card-"] { flex: 1; justify-content: space-between; }
[class*="st-key-card-"]:hover, [class*="st-key-example-"]:hover { transform: translateY(-2px);
  box-shadow: 0 10px 24px -14px rgb(0 0 0 / .5); }
[class*="st-key-card-"] :is(.stButton, .stLinkButton), [class*="st-key-example-"] .stButton { padding: 0 .75rem; }
/* The whole card is its button. */
[class*="st-key-card-"] :is(.stButton button, .stLinkButton a)::after,
[class*="st-key-example-"] .stButton button::after {
  content: ""; position: absolute; inset: 0; z-index: 1; }
:is([class*="st-key-card-"], [class*="st-key-example-"]) :is(.stElementContainer, .stButton, .stLinkButton, button, a) {
  position: static; }
[class*="st-key-card-chosen"] { box-shadow: 0 0 0 3px #b8562a; }
:is([class*="st-key-card-"], [class*="st-key-example-"]):has(:is(button, a):focus-visible) {
  outline: 3px solid var(--ink); outline-offset: 3px; }
.picture { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: cover; }
.pictures { display: grid; grid-template-columns: 1fr 1fr; aspect-ratio: 4 / 3; overflow: hidden; }
.pictures img { width: 100%; height: 100%; object-fit: cover; min-height: 0; }
.blank { aspect-ratio: 4 / 3; display: grid; place-items: center; font: italic 3.5rem/1 var(--serif);
  background: repeating-linear-gradient(135deg, var(--ground) 0 14px, transparent 14px 28px); }
.card { padding: 0 .9rem; }
.card h3 { font: 600 1.3rem/1.3 var(--serif); padding: .6rem 0 .1rem; margin: 0;
  display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .6rem; }
.card p { margin: 0; } .card .years { font-style: italic; }
.badge { font: 600 .74rem/1 system-ui, sans-serif; border: 1px solid currentColor; border-radius: 99px;
  padding: .2em .6em; white-space: nowrap; }
.cell { display: block; width: 100%; border-radius: .75rem; }
.cycle { display: grid; grid-template-columns: 1fr auto 1fr auto 1fr; align-items: center; gap: .9rem;
  margin: .5rem 0 1rem; padding: 0; }
.cycle .stop { margin: 0; text-align: center; font-weight: 600; }
.cycle .stop img { width: 100%; aspect-ratio: 4 / 3; object-fit: cover; border-radius: .5rem; display: block;
  margin-bottom: .4rem; }
.cycle .way { text-align: center; font: italic 1rem/1.3 var(--serif); padding-bottom: 1.6rem; }
.cycle .way b { display: block; font: 400 2rem/1 system-ui, sans-serif; }
.cycle .back { grid-column: 1 / -1; border: 2px dashed var(--line); border-top: 0; border-radius: 0 0 1rem 1rem;
  height: 1.1rem;
  margin: -.4rem 16% .7rem; text-align: center; position: relative; }
.cycle .back span { position: absolute; left: 50%; transform: translate(-50%, .45rem); padding: 0 .6rem;
  white-space: nowrap; font: italic 1rem/1.3 var(--serif); background: var(--paper); }
/* The uploader says in the page's words what it takes. */
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stFileUploaderDropzone"] { justify-content: center; align-items: center; min-height: 7rem;
  border: 2px dashed var(--line); }
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: BROWSE; font-size: 1rem; }
[data-testid="stCameraInputButton"] { font-size: 0 !important; display: flex !important; align-items: center;
  justify-content: center; gap: .4rem; }
[data-testid="stCameraInputButton"]::after { content: SHOOT; font-size: 1rem; line-height: 1.6; }
[data-testid="stCameraInput"]:has(img) [data-testid="stCameraInputButton"]::after { content: AGAIN; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: .75rem .9rem 3rem; }
  h1 { font-size: 2.2rem !important; } h2 { font-size: 1.5rem !important; }
  .lead { font-size: 1.08rem; }
  .st-key-examples .stHorizontalBlock { flex-wrap: nowrap; gap: .6rem; }
  .st-key-examples .stColumn { min-width: 0 !important; }
  .st-key-examples .stButton { padding: 0 .25rem; }
  .st-key-examples button { padding: .25rem .3rem; }
  .st-key-examples button p { font-size: .85rem; }
  [data-testid="stFileUploaderDropzone"] { min-height: 5rem; }
  [data-testid="stFileUploaderDropzone"] > * { margin: 0 auto; }
  .blank { aspect-ratio: auto; height: 4.5rem; font-size: 2.5rem; }
  .cycle { gap: .35rem; font-size: .85rem; align-items: start; }
  .cycle .way { font-size: .8rem; padding-top: 1.2rem; } .cycle .way b { font-size: 1.3rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
"""


def apply_design(texts: dict[str, str]) -> None:
    """Adds the page's own style sheet, and its words on the buttons that Streamlit labels in English."""
    # Elements with their own background need the theme's colours by name; the theme may be switched in the browser.
    dark = st.context.theme.type == "dark"
    ink, paper = (st.get_option(f"theme.{'dark' if dark else 'light'}.{n}") for n in ("textColor", "backgroundColor"))
    css = _CSS
    for place, name in {"BROWSE": "browse", "SHOOT": "camera_take", "AGAIN": "camera_again"}.items():
        css = css.replace(place, json.dumps(texts[name], ensure_ascii=False))
    st.html(f"<style>:root {{ --ink: {ink}; --paper: {paper}; }}{css}</style>")


def make_icon() -> Image.Image:
    """The page's icon. An emoji or a symbol by name would be fetched from another company's server."""
    icon = Image.new("RGBA", (128, 128))
    draw = ImageDraw.Draw(icon)
    draw.rounded_rectangle((6, 6, 122, 122), 24, fill="#8f3d14")
    draw.rectangle((24, 24, 104, 104), fill="#f3ebde")
    draw.polygon([(24, 104), (24, 84), (50, 56), (74, 82), (86, 70), (104, 90), (104, 104)], fill="#b8562a")
    draw.ellipse((74, 34, 94, 54), fill="#d9962f")
    return icon


def step(number: int, title: str) -> None:
    """The heading of one of the page's steps."""
    st.header(f":primary[{number}]\u2002{title}", anchor=False)


def cycle_picture(texts: dict[str, str], photo: str, painting: str) -> str:
    """The cycle: photo → painting → photo.

    Args:
        texts: of the page.
        photo: an address of the example, also what comes back.
        painting: of its painting.
    """
    t = {name: html.escape(text) for name, text in texts.items()}

    def stop(address: str, label: str) -> str:
        return f'<div class="stop"><img src="{address}" alt="">{label}</div>'

    def way(label: str) -> str:
        return f'<div class="way"><b>→</b>{label}</div>'

    return (
        f'<div class="cycle" role="img" aria-label="{t["cycle_alt"]}">'
        f"{stop(photo, t['cycle_photo'])}{way(t['cycle_paint'])}{stop(painting, t['cycle_painting'])}"
        f"{way(t['cycle_return'])}{stop(photo, t['cycle_back'])}"
        f'<div class="back"><span>{t["cycle_same"]}</span></div></div>'
    )
