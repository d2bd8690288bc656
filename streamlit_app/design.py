"""What the page looks like beyond Streamlit's theme (.streamlit/config.toml)."""

import html

import streamlit as st

# The theme's own colours arrive as --st-… variables, so light and dark need nothing here.
_CSS = """
<style>
.stMainBlockContainer { max-width: 64rem; padding: 1.25rem 1.25rem 4rem; }
.stAppHeader { background: transparent; }
h1 { letter-spacing: -0.02em; line-height: 1.08 !important; text-wrap: balance; padding-top: 0 !important; }
h2 { padding-top: 2rem !important; border-top: 1px solid var(--st-border-color); margin-top: 1.25rem !important; }
h2 span.number { color: var(--st-link-color); font-style: italic; padding-right: .35em; }
.lead { font-size: 1.2rem; line-height: 1.5; max-width: 38em; margin: 0; text-wrap: pretty; }
.st-key-top { margin-bottom: -.5rem; }
[class*="st-key-card-"], [class*="st-key-example-"] {
  position: relative; gap: .5rem; transition: transform .15s, box-shadow .15s; background: var(--st-secondary-background-color);
  border-radius: var(--st-base-radius); overflow: hidden; padding-bottom: .75rem; }
[class*="st-key-card-"]:hover, [class*="st-key-example-"]:hover { transform: translateY(-2px);
  box-shadow: 0 10px 24px -14px rgb(0 0 0 / .5); }
[class*="st-key-card-"] .stButton, [class*="st-key-example-"] .stButton { padding: 0 .75rem; }
/* The whole card is its button. */
[class*="st-key-card-"] .stButton button::after, [class*="st-key-example-"] .stButton button::after {
  content: ""; position: absolute; inset: 0; z-index: 1; }
[class*="st-key-card-"] .stButton button, [class*="st-key-example-"] .stButton button { position: static; }
[class*="st-key-card-"] :is(.stVerticalBlock, .stElementContainer, .stButton),
[class*="st-key-example-"] :is(.stVerticalBlock, .stElementContainer, .stButton) { position: static; }
[class*="st-key-card-chosen"] { box-shadow: 0 0 0 3px var(--st-primary-color); }
:is([class*="st-key-card-"], [class*="st-key-example-"]):has(button:focus-visible) {
  outline: 3px solid var(--st-link-color); outline-offset: 3px; }
.picture { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: cover; }
.pictures { display: grid; grid-template-columns: 1fr 1fr; aspect-ratio: 4 / 3; overflow: hidden; }
.pictures img { width: 100%; height: 100%; object-fit: cover; min-height: 0; }
.card { padding: 0 .9rem; } .card h3 { font-size: 1.3rem; padding: .6rem 0 .1rem; margin: 0; }
.card p { margin: 0; } .card .years { font-variant-numeric: oldstyle-nums; font-style: italic; }
.badge { font: 600 .78rem/1 var(--st-font); vertical-align: .25em; border: 1px solid currentColor; border-radius: 99px;
  padding: .15em .6em; margin-left: .5em; white-space: nowrap; }
.cycle { width: 100%; max-width: 44rem; height: auto; display: block; margin: 1rem auto; }
/* The uploader says in words of the page what it takes. */
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stFileUploaderDropzone"] { justify-content: center; }
[data-testid="stSliderThumbValue"] { color: var(--st-text-color); }
footer.page { margin-top: 2rem; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: .75rem .9rem 3rem; }
  h1 { font-size: 2.2rem !important; } h2 { font-size: 1.5rem !important; }
  .lead { font-size: 1.08rem; }
  .st-key-examples .stHorizontalBlock { flex-wrap: nowrap; gap: .6rem; }
  .st-key-examples .stColumn { min-width: 0 !important; }
  .st-key-examples .stButton { padding: 0 .25rem; }
  .st-key-examples button { padding: .25rem .3rem; font-size: .9rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
</style>
"""


def apply_design() -> None:
    """Adds the page's own style sheet."""
    st.html(_CSS)


def step(number: int, title: str) -> None:
    """The heading of one of the page's steps."""
    st.header(f":primary[{number}]\u2002{title}", anchor=False)


def cycle_picture(texts: dict[str, str], photo: str, painting: str) -> str:
    """The cycle as an SVG: photo → painting → photo.

    Args:
        texts: of the page.
        photo: an address of the example, also what comes back.
        painting: of its painting.
    """
    t = {name: html.escape(text) for name, text in texts.items()}
    frames = "".join(
        f'<image href="{picture}" x="{x}" y="60" width="180" height="135" preserveAspectRatio="xMidYMid slice"/>'
        f'<rect x="{x}" y="60" width="180" height="135" fill="none" stroke="currentColor" stroke-width="2"/>'
        f'<text x="{x + 90}" y="222" text-anchor="middle" font-weight="600">{label}</text>'
        for x, picture, label in (
            (10, photo, t["cycle_photo"]),
            (270, painting, t["cycle_painting"]),
            (530, photo, t["cycle_back"]),
        )
    )
    arrows = "".join(
        f'<path d="M{x} 127h52m-12-8l12 8l-12 8" fill="none" stroke="currentColor" stroke-width="3"/>'
        f'<text x="{x + 28}" y="108" text-anchor="middle" font-size="15" font-style="italic">{name}</text>'
        for x, name in ((202, "G"), (462, "F"))
    )
    back = (
        '<path d="M620 48C560 -2 160 -2 100 48" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-dasharray="6 5"/>'
        f'<text x="360" y="42" text-anchor="middle" font-size="16">{t["cycle_same"]}</text>'
    )
    legend = (
        f'<text x="360" y="262" text-anchor="middle" font-size="15">G {t["cycle_paint"]} · F {t["cycle_return"]}</text>'
    )
    return (
        f'<svg class="cycle" viewBox="0 0 720 275" role="img" aria-label="{t["cycle_alt"]}" fill="currentColor" '
        f'font-size="17">{frames}{arrows}{back}{legend}</svg>'
    )
