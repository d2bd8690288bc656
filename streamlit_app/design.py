"""What the page looks like beyond Streamlit's theme (.streamlit/config.toml): a wall, as web/page/style.css has it."""

import html
import json
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw

# The browser page's colours. Components see these variables too: they pass into a shadow tree.
_COLOURS = {
    "light": "--wall: #ece4d4; --wall-lit: #f6f0e4; --ink: #2b211a; --muted: #5d5045; --accent: #8a3b12; "
    "--on-accent: #fff8ee; --card: #fbf7ee; --edge: #86745f; --rule: #cdbfa8; --mat: #f7f2e7; "
    "--shade: rgb(60 40 20 / .35); --frame-light: #b98b4e; --frame: #8a5f30; --frame-dark: #573a1b;",
    "dark": "--wall: #1a1613; --wall-lit: #2b241e; --ink: #f1e7d8; --muted: #bcad99; --accent: #e9a06a; "
    "--on-accent: #24150a; --card: #282119; --edge: #8f7d69; --rule: #43382d; --mat: #e4dccb; "
    "--shade: rgb(0 0 0 / .6); --frame-light: #a67b43; --frame: #74502a; --frame-dark: #412b14;",
}
_CSS = (Path(__file__).parent / "parts" / "page.css").read_text(encoding="utf-8")


def apply_design(texts: dict[str, str]) -> None:
    """Adds the page's own style sheet, and its words on the buttons that Streamlit labels in English."""
    css = _CSS
    for place, name in {"BROWSE": "browse", "SHOOT": "camera_take", "AGAIN": "camera_again"}.items():
        css = css.replace(place, json.dumps(texts[name], ensure_ascii=False))
    st.html(f"<style>:root {{ {_COLOURS[st.context.theme.type or 'light']} }}{css}</style>")


def make_icon() -> Image.Image:
    """The page's icon. An emoji or a symbol by name would be fetched from another company's server."""
    icon = Image.new("RGBA", (128, 128))
    draw = ImageDraw.Draw(icon)
    draw.rounded_rectangle((6, 6, 122, 122), 24, fill="#8f3d14")
    draw.rectangle((24, 24, 104, 104), fill="#f3ebde")
    draw.polygon([(24, 104), (24, 84), (50, 56), (74, 82), (86, 70), (104, 90), (104, 104)], fill="#b8562a")
    draw.ellipse((74, 34, 94, 54), fill="#d9962f")
    return icon


def step(number: str, title: str) -> None:
    """The heading of one of the page's steps."""
    st.html(f'<h2 class="step"><b>{number}</b>{html.escape(title)}</h2>')


def cycle_picture(texts: dict[str, str], photo: str, painting: str) -> str:
    """The way there: photo → painting.

    Args:
        texts: of the page.
        photo: an address of the example.
        painting: of its painting.
    """
    t = {name: html.escape(text) for name, text in texts.items()}

    def stop(address: str, label: str) -> str:
        return f'<div class="stop"><img src="{address}" alt="">{label}</div>'

    return (
        f'<div class="cycle" role="img" aria-label="{t["cycle_alt"]}">'
        f"{stop(photo, t['cycle_photo'])}<div class='way'><b>→</b>{t['cycle_paint']}</div>"
        f"{stop(painting, t['cycle_painting'])}</div>"
    )
