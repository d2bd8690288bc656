"""The page below its title: the painting on its wall, the choices next to it, and the foot of the page."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from about import show_how, show_privacy, show_train_your_own, show_training
from components import Thumb, show_frame, show_thumbs
from design import step
from downloads import view_of
from painter import Job
from painting import Finish, Painting
from periods import FIRST, Styles, chosen_style, name_of, nearest, open_styles, show_between, show_periods, years_of
from photos import TITLES, Photo, choose_photos, choose_shown, example, show_photo
from take_home import SCREEN_SIDE, Shown, choose_purpose, show_download, show_share, show_zip
from texts import Texts
from visit import Visit, fault_of, follow_address, put_into_address, the_visit

from tf_cyclegan.settings.choices import BRUSHES

# A first painting of this longer side is shown while the larger one is painted.
PREVIEW_SIDE = 512


def show_studio(language: str, texts: Texts) -> None:
    """All of it.

    Args:
        language: of the visitor.
        texts: in that language.
    """
    visit = the_visit()
    styles = open_styles(texts)
    if not styles.single:
        st.error(texts["no_styles"])
        show_privacy(texts)
        return
    with st.container(key="studio"):
        wall, choices = st.container(key="wall"), st.container(key="choices")
    with wall:
        hung, status, below = st.container(), st.empty(), st.container()
    studio = Studio(visit, styles, status, language, texts)
    visit.begin()
    with choices:
        photos, periods, home, wish, brush = studio.choose()
    # The first painting is waited for; all else comes as it gets done, and the page runs again each time.
    shown = studio.paint(photos, wish, brush)
    studio.sketch([shown.photo, *photos])
    with hung:
        studio.show(shown)
    with below:
        studio.show_photos(photos, shown)
    with periods:
        studio.show_periods(shown)
    with home:
        studio.show_home(photos, shown)
    studio.show_foot(shown)
    visit.settle()
    if visit.busy:
        visit.wait(status, texts)
        st.rerun()


@dataclass
class Studio:
    """One run of the page.

    Attributes:
        visit: whose page it is.
        styles: that can be painted.
        status: where it says how the painting goes on.
        language: of the visitor.
        texts: in that language.
        side: longer side of what is downloaded; None for the picture's own.
        faults: what is wrong with pictures, by their keys.
        better_comes: whether the painting in the frame is a preview.
        small: thumbnails in every style, as far as they are painted, by the keys of pictures.
    """

    visit: Visit
    styles: Styles
    status: Any
    language: str
    texts: Texts
    side: int | None = SCREEN_SIDE
    better_comes: bool = False
    faults: dict[str, str] = field(default_factory=dict)
    small: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def choose(self) -> tuple[list[Photo], Any, Any, Finish, str]:
        """Everything that a visitor chooses; the places of the periods and of what is taken home are still empty."""
        texts = self.texts
        step("I", texts["step_photo"])
        photos = choose_photos(texts)
        step("II", texts["step_period"])
        periods = st.container()
        step("III", texts["step_brush"])
        follow_address("brush", BRUSHES.__contains__)
        st.session_state.setdefault("brush", next(iter(self.styles.single.values())).brush)
        brush = st.segmented_control(
            texts["brush"],
            BRUSHES,
            required=True,
            format_func=lambda brush: texts[f"brush_{brush}"],
            help=texts["brush_help"],
            key="brush",
            on_change=lambda: put_into_address("brush", st.session_state["brush"]),
        )
        strength = st.slider(
            texts["strength"], 0, 100, 100, 5, format="%d %%", help=texts["strength_help"], key="strength"
        )
        colours = st.toggle(texts["keep_colours"], help=texts["keep_colours_help"], key="colours")
        step("IV", texts["step_home"])
        self.side, kind = choose_purpose(texts)
        return photos, periods, st.container(), Finish(strength, colours, kind), brush

    def paint(self, photos: list[Photo], wish: Finish, brush: str) -> Shown:
        """The chosen picture, painted at least as a preview; the next one where it is none, and at last an example."""
        style, bundle = chosen_style(self.styles)
        first = choose_shown(photos)
        in_order = sorted(photos, key=lambda photo: photo.key != first)
        for photo in [*in_order, example(next(iter(TITLES)))]:
            preview = self.visit.paint(bundle, photo, PREVIEW_SIDE, brush)
            self.visit.wait(self.status, self.texts, preview)
            if self._fails(preview, photo):
                continue
            painting: Painting = preview.future.result()
            self.visit.sketch(self.styles.single, photo)  # Before the large one, for which it would have to wait.
            # A smaller one is as large as the photograph is.
            if max(painting.size) == PREVIEW_SIDE:
                whole = self.visit.paint(bundle, photo, SCREEN_SIDE, brush)
                self.better_comes = not whole.future.done()
                if not self.better_comes and not self._fails(whole, photo):
                    painting = whole.future.result()
            period = ", ".join(filter(None, (name_of(bundle, self.styles, self.language), years_of(bundle))))
            lines = (photo.title(self.texts), period, self.texts["by"])
            return Shown(self.visit, photo, bundle, style, brush, painting, wish, lines)
        raise RuntimeError("; ".join(self.faults.values()))

    def sketch(self, photos: list[Photo]) -> None:
        """Thumbnails of these pictures, as far as they are painted."""
        for photo in photos:
            job = self.visit.sketch(self.styles.single, photo)
            if job.future.done() and not self._fails(job, photo):
                self.small[photo.key] = job.future.result()

    def show(self, shown: Shown) -> None:
        """What is wrong with pictures, and the painting in its frame, or all periods side by side."""
        for fault in self.faults.values():
            st.error(fault, icon=":material/broken_image:")
        if st.session_state.get("all"):
            self._show_side_by_side(shown)
        else:
            self._show_frame(shown)

    def _show_frame(self, shown: Shown) -> None:
        before, after = view_of(shown.painting, shown.wish)
        texts, bundle, name = self.texts, shown.bundle, shown.photo.name
        title, period, _ = shown.lines
        show_frame(
            before,
            after,
            shown.painting.size,
            picture=shown.photo.key,
            title=title,
            period=period,
            note=texts[f"preview_{bundle.not_better_than or 'early'}"] if bundle.preview else "",
            photo=texts["photo"],
            painting=texts["painting"],
            before_alt=texts["photo_alt"].format(name),
            after_alt=texts["painting_alt"].format(name, period),
            label=texts["compare"],
            value=texts["compare_value"],
            busy=self.better_comes,
        )

    def _show_side_by_side(self, shown: Shown) -> None:
        """The photo in every style; until that is painted, its thumbnail."""
        cells = dict(self.small.get(shown.photo.key, {}))
        for key, bundle in self.styles.single.items():
            job = self.visit.paint(bundle, shown.photo, PREVIEW_SIDE, shown.brush)
            if job.future.done() and not self._fails(job, shown.photo):
                cells[key] = view_of(job.future.result(), shown.wish)[1]
        show_periods(self.styles, shown.style, cells, self.language, self.texts, hung=True)

    def show_photos(self, photos: list[Photo], shown: Shown) -> None:
        """Several pictures, each painted small, in a row; the one that is touched goes into the frame."""
        photos = self._good(photos)
        if len(photos) < 2:
            return
        key = nearest(shown.style, shown.bundle)
        alt, period = self.texts["painting_alt"], shown.lines[1]
        thumbs = [
            Thumb(p.key, self.small.get(p.key, {}).get(key), alt=alt.format(p.name, period), chosen=p is shown.photo)
            for p in photos
        ]
        show_thumbs("photos", thumbs, self.texts["wall"], show_photo, kind="strip")

    def show_periods(self, shown: Shown) -> None:
        """Every period as the picture in it, and the slider between them."""
        sketches = self.small.get(shown.photo.key, {})
        show_periods(self.styles, shown.style, sketches, self.language, self.texts)
        show_between(self.styles, shown.bundle, shown.style, self.language, self.texts)
        st.toggle(self.texts["side_by_side"], key="all")

    def show_home(self, photos: list[Photo], shown: Shown) -> None:
        """What can be taken home."""
        photos = self._good(photos)
        show_download(shown, self.side, self.texts)
        if st.session_state.get("all"):
            several = [(shown.photo, key, bundle) for key, bundle in self.styles.single.items()]
        else:
            several = [(photo, shown.style, shown.bundle) for photo in photos]
        if len(several) > 1:
            show_zip(shown, several, self.side, self.texts)
        show_share(shown, self.texts)

    def show_foot(self, shown: Shown) -> None:
        """How it works, what the style was trained on, how to train one, and what happens to pictures."""
        first = example(next(iter(TITLES)))
        bundle = self.styles.get(FIRST) or next(iter(self.styles.single.values()))
        painted = self.visit.paint(bundle, first, PREVIEW_SIDE, bundle.brush)
        if painted.future.done() and not self._fails(painted, first):
            show_how(painted.future.result(), self.texts)
        show_training(shown.bundle, self.language, self.texts)
        show_train_your_own(self.texts)
        show_privacy(self.texts)

    def _fails(self, job: Job, photo: Photo) -> bool:
        """Whether a job that is done has failed; then it is said on the page."""
        fault = fault_of(job, photo.name, self.texts)
        if fault:
            self.faults[photo.key] = fault
        return fault is not None

    def _good(self, photos: list[Photo]) -> list[Photo]:
        return [photo for photo in photos if photo.key not in self.faults]
