"""The photograph of a notebook: a file of one's own, or one of the examples that come with the package."""

import json
import sys
from pathlib import Path

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.listing import SUFFIXES
from tf_cyclegan.prepare.gather import kaggle

UPLOAD = "upload"
_HERE = Path(__file__).resolve().parents[1]
# When installed, the examples are in the package; in a checkout, they are with the page.
_EXAMPLES = (_HERE / "examples", _HERE.parent / "streamlit_app" / "examples")
# Attached data sets lie in input/NAME or input/datasets/OWNER/NAME.
_DEPTHS = ("*", "*/*/*")


def find_photo(photo: str) -> Path:
    """A photograph by its name.

    Args:
        photo: the name of an example, such as "meadow"; the path of a file, or its name in a data set that is attached
            to a notebook of Kaggle; or "upload", for which Colab asks.

    Raises:
        UserError: there is no such photograph; the message names those that there are.
    """
    if photo == UPLOAD:
        return _upload()
    examples = find_examples()
    attached = [path for depth in _DEPTHS for path in sorted(kaggle.ATTACHED.glob(f"{depth}/{photo}"))]
    found = next((path for path in (Path(photo), *attached) if path.is_file()), examples.get(photo))
    if not found:
        here = ", ".join(sorted(path.name for path in Path().iterdir() if path.suffix.lower() in SUFFIXES)) or "none"
        raise UserError(
            f"PHOTO: {photo!r} is not there; pictures in this folder: {here}; examples: {', '.join(examples)}"
        )
    return found


def find_examples() -> dict[str, Path]:
    """The example photographs by name, in the order of the page."""
    folder = next(folder for folder in _EXAMPLES if folder.is_dir())
    listed = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    return {Path(example["file"]).stem: folder / example["file"] for example in listed}


def _upload() -> Path:
    if "google.colab" not in sys.modules:
        raise UserError("PHOTO: only Colab can ask for a photograph; put the file next to this notebook and name it")
    from google.colab import files

    chosen = [*files.upload()]
    if not chosen:
        raise UserError("PHOTO: no photograph was chosen; run this cell again")
    return Path(chosen[0])
