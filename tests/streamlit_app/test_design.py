"""Contrast of the theme by WCAG 2; test_browser.py measures every text as the browser draws it."""

import tomllib
from pathlib import Path

import pytest
from PIL import ImageColor

ROOT = Path(__file__).resolve().parents[2]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(colour: str) -> float:
    values = [v / 255 for v in ImageColor.getrgb(colour)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_itself():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("textColor", "backgroundColor", 7),
        ("textColor", "secondaryBackgroundColor", 7),
        ("linkColor", "backgroundColor", 4.5),
        ("linkColor", "secondaryBackgroundColor", 4.5),
        ("blueTextColor", "blueBackgroundColor", 4.5),
        ("primaryColor", "backgroundColor", 3),
        ("primaryColor", "secondaryBackgroundColor", 3),
    ],
)
def test_theme_is_aa(mode, ink, ground, least):
    assert contrast(THEME[mode][ink], THEME[mode][ground]) >= least


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_white_on_buttons_is_aa(mode):
    assert contrast("#ffffff", THEME[mode]["primaryColor"]) >= 4.5
