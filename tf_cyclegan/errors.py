"""The one exception that the command line turns into a single line and exit status 2."""


class UserError(Exception):
    """Something the user can mend: the message says what is wrong and what to do, in one line.

    Args:
        message: line breaks in it, from a file's name or another library's error, become spaces.
    """

    def __init__(self, message: str):
        # Spaces stay as they are: a path in the message may have two in a row.
        super().__init__(" ".join(line.strip() for line in message.splitlines() if line.strip()))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the one line, without the calls that led to it (IPython asks for this method)."""
        return [f"Stopped: {self}"]
