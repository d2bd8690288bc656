"""The styles as visitors meet them, and the one that a visitor has chosen: a period, or a mixture of two."""

import gc
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from components import Thumb, show_thumbs, show_years
from texts import Texts
from visit import follow_address, put_into_address

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.mix import mixed
from tf_cyclegan.stylize.style import Bundle, find_bundles, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer

FIRST = "impressionism"
# Places of the slider from one period to the next.
STEPS = 20


@dataclass(frozen=True)
class Styles:
    """What can be painted.

    Attributes:
        single: the periods by key, in the order of their years; each once, from its own network where it has one.
        network: paints several periods and what lies between them; None where no bundle does.
    """

    single: dict[str, Bundle]
    network: Bundle | None

    @property
    def between(self) -> list[str]:
        """Keys of the periods that the slider joins, in the order of their years."""
        own = self.network.periods if self.network else []
        return [key for key in self.single if key in own]

    def get(self, text: str) -> Bundle | None:
        """The style that a text names, a key or a mixture as in `stylize --mix`; None if it names none."""
        if text in self.single:
            return self.single[text]
        try:
            return mixed(self.network, text) if self.network else None
        except UserError:
            return None


@st.cache_resource(max_entries=64, show_spinner=False)
def load_bundle(name: str, digest: str) -> Bundle:
    """A bundle by its name, its files checked once and not at every move of a slider.

    Streamlit keys the result by the arguments whose names have no underscore in front: a changed `digest`, the sha256
    of `style.json`, makes it check again.
    """
    bundle = open_bundle(name)
    # A network that loads and cannot run is found before a visitor's picture is.
    Stylizer(bundle, 1).run(np.zeros((64, 64, 3), np.uint8))
    gc.collect()  # An interpreter and its signatures hold one another.
    return bundle


def open_styles(texts: Texts) -> Styles:
    """The styles that can be used. Those that are damaged, or whose network cannot paint, are left out with a note."""
    single: dict[str, Bundle] = {}
    network = None
    for name, folder in find_bundles().items():
        try:
            bundle = load_bundle(str(folder), sha256_of(folder / "style.json"))
        # LiteRT raises the last two for a network that it loads and cannot run.
        except (UserError, OSError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).replace(f"{folder}/", "").split())[:160]
            st.warning(texts["left_out"].format(f"{name} ({reason})"))
            continue
        if bundle.periods:
            network = network or bundle
            single = {key: bundle.of({key: 1.0}) for key in bundle.periods} | single
        else:
            single[name] = bundle
    return Styles(dict(sorted(single.items(), key=lambda item: (year_of(item[1]), item[0]))), network)


def year_of(bundle: Bundle) -> int:
    """The middle of a style's years; one without years comes last."""
    years = [int(year) for year in re.findall(r"\d{4}", str(bundle.about.get("years", "")))]
    return round(sum(years) / len(years)) if years else 9999


def chosen_style(styles: Styles) -> tuple[str, Bundle]:
    """The style of this visit and its name: by the address where that has changed, else the one chosen last."""
    follow_address("style", styles.get)
    for text in (st.session_state.get("style", ""), FIRST, next(iter(styles.single))):
        if bundle := styles.get(text):
            return text, bundle
    raise AssertionError  # The last of them is a style.


def choose(text: str) -> None:
    """Makes a style the chosen one, and shows it alone."""
    st.session_state["style"] = text
    st.session_state["all"] = False
    put_into_address("style", text)


def name_of(bundle: Bundle, styles: Styles, language: str) -> str:
    """The period's name, or the mixture in words: "70 % Impressionism, 30 % Baroque"."""
    shares = sorted(((share, key) for key, share in bundle.weights.items() if share > 0), reverse=True)
    if len(shares) < 2:
        return bundle.name(language)
    return ", ".join(f"{100 * share:.0f} % {_of(styles, key).name(language)}" for share, key in shares)


def _of(styles: Styles, key: str) -> Bundle:
    assert styles.network  # noqa: S101 - only its bundles have shares
    return styles.network.of({key: 1.0})


def nearest(style: str, bundle: Bundle) -> str:
    """The key of the period that a style is, or is most of."""
    return max(bundle.weights, key=lambda key: bundle.weights[key]) if bundle.weights else style


def years_of(bundle: Bundle) -> str:
    """Years of a single period; a mixture is of none."""
    return "" if sum(share > 0 for share in bundle.weights.values()) > 1 else str(bundle.about.get("years", ""))


def show_periods(
    styles: Styles, chosen: str, pictures: dict[str, bytes], language: str, texts: Texts, *, hung: bool = False
) -> None:
    """Every period as the visitor's own photo in it.

    Args:
        styles: all of them.
        chosen: key of the chosen one.
        pictures: JPEGs by key, as far as they are painted.
        language: of the visitor.
        texts: in that language.
        hung: large, in frames.
    """
    thumbs = [
        Thumb(
            key,
            pictures.get(key),
            bundle.name(language),
            years=str(bundle.about.get("years", "")),
            badge=texts["preview"] if bundle.preview else "",
            chosen=key == chosen,
        )
        for key, bundle in styles.single.items()
    ]
    if hung:
        show_thumbs("side_by_side", thumbs, texts["side_by_side"], choose, kind="hung", narrow=2)
    else:
        show_thumbs("periods", thumbs, texts["step_period"], choose)


def show_between(styles: Styles, bundle: Bundle, chosen: str, language: str, texts: Texts) -> None:
    """The slider, where there is a network that paints what lies between periods."""
    keys = styles.between
    if len(keys) < 2:
        return
    periods: list[dict[str, Any]] = [
        {
            "name": _of(styles, key).name(language),
            "about": _of(styles, key).about.get("about", {}).get(language, ""),
            "year": year_of(_of(styles, key)),
        }
        for key in keys
    ]
    show_years(
        periods,
        lambda place: choose(text_of(place, keys)),
        at=place_of({chosen: 1.0} if chosen in keys else bundle.weights, keys),
        steps=STEPS,
        label=texts["between"],
        around=texts["around"],
    )


def place_of(weights: Any, keys: list[str]) -> int:
    """Where a mixture is on the slider; one that is not of two neighbours is where its parts balance."""
    return round(STEPS * sum(keys.index(key) * share for key, share in weights.items() if key in keys))


def text_of(place: int, keys: list[str]) -> str:
    """The mixture at a place of the slider, as `stylize --mix` takes it."""
    at, step = divmod(min(max(place, 0), STEPS * (len(keys) - 1)), STEPS)
    if not step:
        return keys[at]
    share = step / STEPS
    return f"{keys[at]}:{1 - share:g},{keys[at + 1]}:{share:g}"
