"""The foot of the page: how it works, what a style was trained on, how to train another, what happens to pictures."""

import tomllib
from pathlib import Path

import streamlit as st
from components import data_url
from design import cycle_picture
from painting import Painting
from texts import decimal

from tf_cyclegan.stylize.style import Bundle

ROOT = Path(__file__).resolve().parents[1]


def repository() -> str:
    """The project's address, from pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["urls"]["Repository"])


def notebook() -> str:
    """Where the training notebook opens on Colab."""
    return repository().replace("github.com", "colab.research.google.com/github") + "/blob/main/notebooks/2_train.ipynb"


def show_how(example: Painting, texts: dict[str, str]) -> None:
    """What a CycleGAN is, with a picture of the way from a photograph to a painting."""
    st.header(texts["how"], anchor="how")
    st.html(cycle_picture(texts, data_url(example.photo), data_url(example.painting)))
    st.write(texts["how_text"])


def show_training(bundle: Bundle, language: str, texts: dict[str, str]) -> None:
    """What the style was trained on, for how long, with which command, how good it is, and what its limits are."""
    training = bundle.about.get("training", {})
    with st.expander(texts["data"].format(bundle.name(language))):
        counts = training.get("data", {}).get("counts", {})
        if counts:
            facts = {"paintings": counts["trainB"], "photos": counts["trainA"], "steps": training.get("steps", "?")}
            st.write(texts["trained"].format(**facts))
        if {"result", "untouched", "real"} <= bundle.kid.keys():
            st.write(describe_scores(bundle, texts))
        if bundle.preview:
            st.write(texts[f"preview_{bundle.not_better_than or 'early'}"])
        st.write(texts["limits_style"])
        if bundle.note(language):
            st.write(f"*{bundle.note(language)}*")
        if bundle.commands:
            st.write(texts["command"])
            st.code(bundle.commands, language=None, wrap_lines=True)  # Its colours have too little contrast.
        st.write(bundle.about.get("licence", ""))


def describe_scores(bundle: Bundle, texts: dict[str, str]) -> str:
    """The style's kernel distance next to those of its anchors, in a sentence."""
    kid = bundle.kid
    anchors = ["untouched", "colour_transfer", "real"]
    anchored = [texts[f"scores_{name}"].format(decimal(kid[name], 3, texts)) for name in anchors if name in kid]
    return f"{texts['scores'].format(decimal(kid['result'], 3, texts))} {'; '.join(anchored)}."


def show_train_your_own(texts: dict[str, str]) -> None:
    st.header(texts["train"], anchor="train")
    st.write(texts["train_text"].format(notebook=notebook(), notebooks=f"{repository()}/tree/main/notebooks"))


def show_privacy(texts: dict[str, str]) -> None:
    st.header(texts["privacy"], anchor="privacy")
    st.write(texts["privacy_text"].format(seconds=st.get_option("server.disconnectedSessionTTL")))
    st.write(f"[{texts['source']}]({repository()})")
