"""A run's `trained_on.txt`: hashes of the pictures that its networks have seen."""

from collections.abc import Iterable
from pathlib import Path

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.folder import TRAINED_ON


def write_trained_on(run: Path, hashes: Iterable[str]) -> None:
    """Records which pictures the networks of a run have seen."""
    with replacing(run / TRAINED_ON) as unfinished:
        unfinished.write_text("".join(f"{line}\n" for line in sorted(set(hashes))), encoding="utf-8")


def read_trained_on(run: Path) -> set[str]:
    """The hashes of the pictures that the networks of a run have seen, also before it, in the run it began with.

    Empty for a run of an older version, which did not record them.

    Raises:
        UserError: the file is there and cannot be read.
    """
    try:
        return set((run / TRAINED_ON).read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return set()
    except (OSError, ValueError) as error:
        raise UserError(f"{run / TRAINED_ON}: cannot be read ({error})") from error
