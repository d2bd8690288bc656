"""Colours of the page can be distinguished: WCAG 2.2, contrast of level AA."""

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).resolve().parents[2] / "web" / "page" / "style.css").read_text(encoding="utf-8")
ROOTS = [
    dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
]
SCHEMES = {"light": ROOTS[0], "dark": {**ROOTS[0], **ROOTS[1]}}

TEXT_ON = [
    ("ink", "wall"),
    ("ink", "wall-lit"),
    ("ink", "card"),
    ("muted", "wall"),
    ("muted", "wall-lit"),
    ("muted", "card"),
    ("accent", "wall"),
    ("accent", "wall-lit"),
    ("accent", "card"),
    ("on-accent", "accent"),
    ("warn", "warn-card"),
]
EDGES_ON = [("edge", "wall"), ("edge", "wall-lit"), ("edge", "card")]


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_and_edges_stand_out(scheme):
    colours = SCHEMES[scheme]
    weak = [
        f"{front} on {back}: {contrast(colours[front], colours[back]):.2f}"
        for pairs, least in ((TEXT_ON, 4.5), (EDGES_ON, 3.0))
        for front, back in pairs
        if contrast(colours[front], colours[back]) < least
    ]
    assert weak == []
