"""The page: a photograph and a period of art → a painting to look at and take home. No TensorFlow in its process."""

import html
import sys
from pathlib import Path

import streamlit as st

# Under `streamlit run` only this folder is on the path, and a server may not have the package installed.
ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from components import listen
from design import apply_design, make_icon
from texts import TEXTS, pick_language


def show_head() -> str:
    """Title and language; returns the language that the visitor has."""
    browser = pick_language(st.context.locale)
    names = {"en": "English", "de": "Deutsch"}
    with st.container(key="top"):
        title = st.empty()
        language = st.segmented_control(
            TEXTS[browser]["language"],
            list(names),
            default=browser,
            required=True,
            format_func=names.get,
            key="lang",
            bind="query-params",
            label_visibility="collapsed",
        )
        texts = {name: html.escape(text) for name, text in TEXTS[language].items()}
        title.html(f'<div class="head"><h1>{texts["title"]}</h1><p>{texts["lead"]}</p></div>')
    return language


def main() -> None:
    title = TEXTS[pick_language(st.context.locale)]["title"]
    st.set_page_config(page_title=title, page_icon=make_icon(), layout="wide")
    language = show_head()
    texts = TEXTS[language]
    apply_design(texts)
    listen(language)
    # The first visitor already sees this part while the rest, NumPy, LiteRT and the decoders, is still being loaded.
    from studio import show_studio

    show_studio(language, texts)


main()
