"""What went wrong on the way to a server, in a few words."""

MAX_LENGTH = 120


def cause_of(error: BaseException) -> str:
    """The message at the bottom of nested errors: "[Errno 111] Connection refused" in place of four lines of them."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return (" ".join(str(error).split()) or type(error).__name__)[:MAX_LENGTH]
