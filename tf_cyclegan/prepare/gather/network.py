"""The root cause of a network error, in a few words."""

MAX_LENGTH = 120


def cause_of(error: BaseException) -> str:
    """The message at the bottom of nested errors: "[Errno 111] Connection refused" instead of four lines of them."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return (" ".join(str(error).split()) or type(error).__name__)[:MAX_LENGTH]
