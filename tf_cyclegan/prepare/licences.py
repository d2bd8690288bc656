"""What is known of the rights to the pictures of a source, for the manifest. A note, no advice."""

from tf_cyclegan.prepare.gather.work import Work

_NOT_STATED = "not stated by the source"
_NOTES = {
    "historic-art": "reproduction from the Web Gallery of Art: educational and personal use; ask for any other",
    "cycle_gan": "as published with CycleGAN; see the data set's own page",
}


def licence_note(work: Work) -> str:
    """A line on the rights to a work's picture, by its source."""
    return next((note for source, note in _NOTES.items() if work.source.startswith(source)), _NOT_STATED)
