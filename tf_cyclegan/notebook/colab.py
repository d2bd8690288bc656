"""A folder that outlives the machine: on Google Drive within Colab, on the disk elsewhere."""

from pathlib import Path

_MOUNT = Path("/content/drive")


def open_drive(folder: str) -> Path:
    """Makes a folder on Google Drive and returns where it is; outside Colab, a folder of that name on the disk.

    Colab asks whether the notebook may use the Drive; where it is connected already, nothing happens.

    Args:
        folder: its name within "My Drive", or relative to the notebook.
    """
    try:
        from google.colab import drive
    except ImportError:
        place = Path(folder)
    else:
        drive.mount(str(_MOUNT))
        place = _MOUNT / "MyDrive" / folder
    place.mkdir(parents=True, exist_ok=True)
    return place
