"""What a visit has asked the painter for; a picture that was painted once is not painted again."""

import gc
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from memory import give_back_large_blocks
from painter import Job, Painter
from photos import Photo
from texts import Texts, explain

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import MODEL, Bundle

# A painting of 1024 pixels takes about a megabyte with its photograph.
MAX_JOBS = 40
_STEP = 0.1  # seconds between two looks at what is waited for
_LOCK = threading.Lock()


@st.cache_resource(show_spinner=False)
def the_painter() -> Painter:
    """The one queue of this server; it keeps no picture once a visitor has it."""
    give_back_large_blocks()
    return Painter()


@st.cache_resource(show_spinner=False)
def example_jobs() -> dict[tuple, Job]:
    """Paintings of the examples, which all visitors share; a visitor's own picture never gets here."""
    return {}


@dataclass
class Visit:
    """One visitor's jobs.

    Attributes:
        number: tells visitors apart.
        jobs: by what was asked for, the oldest first.
    """

    number: str = field(default_factory=lambda: uuid.uuid4().hex)
    jobs: dict[tuple, Job] = field(default_factory=dict)
    _wanted: list[tuple[Job, str]] = field(default_factory=list)

    def begin(self) -> None:
        """Starts a run of the page: what is not asked for again until `settle` is no longer wanted."""
        self._wanted = []

    def paint(self, bundle: Bundle, photo: Photo, side: int | None, brush: str) -> Job:
        """The job of a photo's painting at this longer side."""
        key = ("painting", model_of(bundle), photo.key, side, brush)
        painter = the_painter()
        return self._job(
            key, photo, lambda: painter.paint(self.number, bundle, photo.name, photo.read(), side=side, brush=brush)
        )

    def sketch(self, bundles: Mapping[str, Bundle], photo: Photo) -> Job:
        """The job of a photo's thumbnails in all styles."""
        key = ("sketch", *map(model_of, bundles.values()), photo.key)
        painter = the_painter()
        return self._job(key, photo, lambda: painter.sketch(self.number, bundles, photo.name, photo.read()))

    def settle(self) -> None:
        """Takes back what was asked for in earlier runs, is not wanted any more and has not begun."""
        wanted = {id(job) for job, _ in self._wanted}
        for key, job in list(self.jobs.items()):
            if id(job) not in wanted and job.future.cancel():
                del self.jobs[key]

    def wait(self, place: Any, texts: Texts, *jobs: Job) -> None:
        """Waits until one more of these jobs is done, by default of all that this run asked for; says how it goes on.

        Returns at once where none is open.
        """
        names = {id(job): name for job, name in self._wanted}
        open_jobs = [job for job in jobs or [job for job, _ in self._wanted] if not job.future.done()]
        if not open_jobs:
            return
        first = min(open_jobs)
        while not wait([job.future for job in open_jobs], _STEP, FIRST_COMPLETED).done:
            ahead = the_painter().ahead(first)
            words = texts["waiting"].format(ahead) if ahead else texts["working"].format(names.get(id(first), ""))
            place.progress(first.share(), words)

    @property
    def busy(self) -> bool:
        """Whether something that this run asked for is not done yet."""
        return any(not job.future.done() for job, _ in self._wanted)

    def _job(self, key: tuple, photo: Photo, start: Callable[[], Job]) -> Job:
        jobs = example_jobs() if photo.example else self.jobs
        with _LOCK:
            job = jobs.pop(key, None)
            if job is None or job.future.cancelled():
                job = start()
            jobs[key] = job  # Now it is the newest.
            while len(jobs) > MAX_JOBS:
                oldest = jobs.pop(next(iter(jobs)))
                if not photo.example:
                    oldest.future.cancel()
        self._wanted.append((job, photo.name))
        return job


def the_visit() -> Visit:
    """This visitor's."""
    if "visit" not in st.session_state:
        the_painter()  # Memory has to be limited before a network is opened for the first time.
        # A visit that ended holds its pictures in a reference cycle; a new visit is a good moment to free them.
        gc.collect()
        st.session_state["visit"] = Visit()
    visit: Visit = st.session_state["visit"]
    return visit


def follow_address(name: str, known: Callable[[str], Any]) -> None:
    """Makes `?name=value` of the address the visit's choice, if it has changed and is `known`; else it is ignored."""
    state, asked = st.session_state, st.query_params.get(name)
    if asked != state.get(f"{name}_in_address"):
        state[f"{name}_in_address"] = asked
        if asked is not None and known(asked):
            state[name] = asked


def put_into_address(name: str, value: str) -> None:
    """Puts a choice into the address, which a visitor may send to others."""
    st.session_state[f"{name}_in_address"] = st.query_params[name] = value


def model_of(bundle: Bundle) -> str:
    """Identifies what a style paints with: the sha256 of its model, and which of its periods."""
    return f"{bundle.about['files'][MODEL]['sha256']} {dict(bundle.weights)}"


def fault_of(job: Job, name: str, texts: Texts) -> str | None:
    """What went wrong with a job that is done, in the visitor's words; None if nothing did."""
    error = job.future.exception()
    if error is None:
        return None
    if isinstance(error, UserError):
        return texts["bad_picture"].format(explain(str(error), name, texts["code"]))
    return texts["failed"]
