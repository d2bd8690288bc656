"""The page below its title: photo, period, painting, and the facts about them."""

import gc

import streamlit as st
from about import notebook, show_how, show_privacy, show_train_your_own, show_training
from cards import ALL, TITLES, card_picture, choose_style, example_picture, model_of, open_styles
from design import step
from photos import choose_photos
from results import show_all, show_note, show_result, the_painter


def show_studio(language: str, texts: dict[str, str]) -> None:
    """The three steps, and the foot of the page.

    Args:
        language: of the visitor.
        texts: in that language.
    """
    if "jobs" not in st.session_state:
        # A visit that ended holds its pictures in a reference cycle; a new visit is a good moment to free them.
        gc.collect()
        st.session_state["jobs"] = {}
    step(1, texts["step_photo"])
    photos = choose_photos(texts)
    step(2, texts["step_period"])
    (first_example, *_) = TITLES
    found = open_styles(the_painter(), first_example, texts)
    styles = {name: bundle for name, (bundle, _) in found.items()}
    if not styles:
        st.error(texts["no_styles"])
        show_privacy(texts)
        return
    pictures = {name: picture for name, (_, picture) in found.items()}
    style = choose_style(styles, pictures, language, texts, notebook())
    step(3, texts["step_result"])
    first = next(iter(styles.values())) if style == ALL else styles[style]
    if style == ALL:
        show_all(styles, photos, language, texts)
    else:
        show_note(first, texts)
        show_result(style, first, photos, language, texts)
    show_how(example_picture(first_example), card_picture(the_painter(), first, model_of(first), first_example), texts)
    for bundle in styles.values() if style == ALL else [first]:
        show_training(bundle, language, texts)
    show_train_your_own(texts)
    show_privacy(texts)
