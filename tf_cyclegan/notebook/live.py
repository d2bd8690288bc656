"""Training that is watched from a notebook: loss curves and the newest samples below the cell, kept up to date."""

import dataclasses
import io
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from PIL import Image

from tf_cyclegan.run.backup import newest_config
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import LOSSES, SAMPLES
from tf_cyclegan.run.losses import read_losses
from tf_cyclegan.run.presets import config_for
from tf_cyclegan.train.curves import draw_losses
from tf_cyclegan.train.training import Training, train

# Drawing takes at most this share of the time.
_SHARE = 0.02
# The parts that are shown, from top to bottom, and the text that is there until a part exists.
_EMPTY = {"losses": "*The loss curves appear here after the first steps.*", "samples": "*Here the newest samples.*"}


class LiveView(keras.callbacks.Callback):
    """Shows a run's loss curves and its newest sample grid in the notebook that trains it; elsewhere it does nothing.

    If something cannot be shown, it warns once, and training never ends because of it.

    Args:
        run: folder of the run.
        seconds: least time between two looks at the run.
    """

    def __init__(self, run: str | Path, seconds: float = 30.0):
        super().__init__()
        self._run, self._seconds = Path(run), seconds
        self._display = _notebook_display()
        self._places: dict[str, Any] = {}  # The part that is shown -> its place below the cell.
        self._shown: Path | None = None
        self._due = 0.0

    def on_train_begin(self, logs=None):
        self.refresh()

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() >= self._due:
            self.refresh()

    def refresh(self) -> None:
        """Looks at the run now and shows what is new."""
        if self._display is None:
            return
        began = time.monotonic()
        try:
            self._make_places()
            self._show_losses()
            self._show_samples()
        except Exception as error:  # noqa: BLE001 - a browser that is gone must not cost a training
            warnings.warn(f"nothing is shown from here on, but training continues ({error})", stacklevel=2)
            self._display = None
        now = time.monotonic()
        self._due = now + max(self._seconds, (now - began) / _SHARE)

    def _make_places(self) -> None:
        from IPython.display import Markdown

        if self._display and not self._places:
            self._places = {name: self._display(Markdown(text), display_id=True) for name, text in _EMPTY.items()}

    def _show_losses(self) -> None:
        path = self._run / LOSSES
        if path.exists() and len((losses := read_losses(path)).get("step", ())) > 1:
            self._show("losses", draw_losses(losses))

    def _show_samples(self) -> None:
        newest = max((self._run / SAMPLES).glob("step_*.png"), default=None)
        if newest and newest != self._shown:
            self._show("samples", _as_jpeg(newest))
            self._shown = newest

    def _show(self, name: str, picture: bytes) -> None:
        from IPython.display import Image as Shown

        self._places[name].update(Shown(data=picture))


def _notebook_display() -> Callable | None:
    """IPython's `display` within a notebook; None elsewhere."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    # A terminal's IPython has no kernel, and would print the names of the pictures' classes.
    return display if hasattr(get_ipython(), "kernel") else None


def _as_jpeg(path: Path) -> bytes:
    """A picture as JPEG: every picture that is shown is saved with the notebook."""
    picture = io.BytesIO()
    Image.open(path).convert("RGB").save(picture, "JPEG", quality=90)
    return picture.getvalue()


def train_live(data: str | Path, run: str | Path, preset: str, *, backup: str | Path, **settings) -> Training:
    """Trains a run, or continues it, and shows its progress below the cell. Called again, on any machine, it continues.

    Args:
        data: prepared folder.
        run: folder of the run; where it is not there, it is fetched from the backup.
        preset: one of `presets.PRESETS`.
        backup: folder that outlives the machine, e.g. on Google Drive.
        settings: any other field of `TrainConfig`. A new run is shared by as many GPUs as there are, if its batch can
            be; one that has begun keeps its devices.

    Returns:
        What this call did.

    Raises:
        UserError: as `train.training.train`.
    """
    config: TrainConfig = config_for(str(data), str(run), preset, backup=str(backup), **settings)
    if "devices" not in settings and newest_config(Path(run), Path(backup))[0] is None:
        config = dataclasses.replace(config, devices=_count_devices(config.batch))
    if config.devices > 1:
        print(f"{config.devices} GPUs share each batch.")
    view = LiveView(run)
    training = train(config, observers=[view])
    view.refresh()
    left = "The run is finished." if training.finished else "Run all cells again to continue from here."
    copied = (Path(backup) / f"ckpt-{training.stop}").is_dir()
    place = backup if copied else f"{run} alone, since the copy to {backup} failed: it is lost with this machine"
    print(f"step {training.stop:,} of {training.steps:,}; saved in {place}. {left}")
    return training


def count_gpus() -> int:
    """GPUs, or TPUs, of this machine."""
    return sum(device.startswith(("gpu", "tpu")) for device in keras.distribution.list_devices())


def _count_devices(batch: int) -> int:
    """GPUs that can share a batch evenly; 1 where there is none."""
    return max((count for count in range(1, count_gpus() + 1) if batch % count == 0), default=1)
