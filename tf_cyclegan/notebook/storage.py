"""What outlives the machine of a notebook: a folder on Google Drive, in Kaggle's output, or on the disk."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tf_cyclegan.disk.folders import replacing_folder
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather import kaggle
from tf_cyclegan.run.kept import copies

_DRIVE = Path("/content/drive")
# Kaggle keeps what a notebook leaves in the first; the second is larger and ends with the machine.
_OUTPUT, _SCRATCH = Path("/kaggle/working"), Path("/kaggle/temp")
# Attached data lies in input/NAME, datasets/OWNER/NAME or notebooks/OWNER/NAME.
_DEPTHS = ("*", "*/*/*")


@dataclass(frozen=True)
class Storage:
    """A folder that outlives the machine, and what earlier notebooks have left in folders of its name.

    Attributes:
        folder: is read and written.
        attached: is read only: the outputs of other notebooks, or of earlier versions of this one, on Kaggle.
    """

    folder: Path
    attached: tuple[Path, ...] = ()

    def find(self, name: str | Path) -> Path:
        """A file or folder by its path within the folder or within what is attached; where it would be, if nowhere."""
        places = [folder / name for folder in (self.folder, *self.attached)]
        return next((place for place in places if place.exists()), places[0])

    def find_run(self, run: str) -> Path:
        """The copies of a run's checkpoints: those in the folder, else the attached ones of the latest step."""
        places = [folder / "runs" / run for folder in (self.folder, *self.attached)]
        if places[0].is_dir():
            return places[0]
        return max(places, key=lambda place: max((step for step, _ in copies(place)), default=-1))

    def bring_run(self, run: str) -> Path:
        """The copies of a run's checkpoints in the folder, where training adds to them; attached ones are copied there.

        Raises:
            UserError: there is no room.
        """
        found, own = self.find_run(run), self.folder / "runs" / run
        if found != own and found.is_dir():
            try:
                with replacing_folder(own, None, "empty") as unfinished:
                    shutil.copytree(found, unfinished, dirs_exist_ok=True)
            except shutil.Error as error:
                raise UserError(f"{found} cannot be copied to {own} ({error})") from error
            print(f"The run continues from {found}.")
        return own


def open_storage(folder: str) -> Storage:
    """Makes the folder: in Colab on Google Drive, on Kaggle in the notebook's output, elsewhere on the disk.

    Colab asks whether the notebook may use the Drive; where it is connected already, nothing happens. On Kaggle the
    current folder becomes one that is not kept, so that data and run do not fill the notebook's output.

    Args:
        folder: its name within "My Drive" or within Kaggle's output, or relative to the notebook.
    """
    storage = Storage(_place(folder), _attached(folder))
    storage.folder.mkdir(parents=True, exist_ok=True)
    return storage


def is_kaggle() -> bool:
    """Whether this is a notebook of Kaggle. These have Colab's packages too, so this is asked first."""
    return "KAGGLE_KERNEL_RUN_TYPE" in os.environ


def _place(folder: str) -> Path:
    if is_kaggle():
        _SCRATCH.mkdir(parents=True, exist_ok=True)
        os.chdir(_SCRATCH)
        return _OUTPUT / folder
    try:
        from google.colab import drive
    except ImportError:
        return Path(folder)
    drive.mount(str(_DRIVE))
    return _DRIVE / "MyDrive" / folder


def _attached(folder: str) -> tuple[Path, ...]:
    found = [path for depth in _DEPTHS for path in kaggle.ATTACHED.glob(f"{depth}/{folder}")] if is_kaggle() else []
    return tuple(sorted(path for path in found if path.is_dir()))
