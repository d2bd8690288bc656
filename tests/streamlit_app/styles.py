"""Several styles out of one that comes with the project: the same paintings, each from a model of its own."""

import json
import shutil
from pathlib import Path

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.stylize.style import MODEL, find_styles


def copy_styles(folder: Path, names: tuple[str, ...], **changes: object) -> Path:
    """Copies under other names; what follows a model in its file is not read, and makes it another one by its sha256.

    Args:
        folder: where to.
        names: of the styles, also shown to visitors.
        changes: of what `style.json` says.
    """
    source = find_styles()["impressionism"]
    for number, name in enumerate(names):
        style = shutil.copytree(source, folder / name)
        model, path = style / MODEL, style / "style.json"
        model.write_bytes(model.read_bytes() + bytes(16 * (number + 1)))
        about = json.loads(path.read_text(encoding="utf-8"))
        about["files"][MODEL]["sha256"] = sha256_of(model)
        about |= {"name": {"en": name.title(), "de": name.title()}, **changes}
        path.write_text(json.dumps(about), encoding="utf-8")
    return folder
