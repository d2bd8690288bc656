"""A work on its way through the selection, with its outcome."""

from dataclasses import dataclass

from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.picture import Picture

DOMAINS = {"A": "photographs", "B": "paintings"}


@dataclass
class Candidate:
    """A work of one domain.

    Attributes:
        domain: "A" for photographs, "B" for paintings.
        name: of its file in the data set, unique in its domain.
        picture: the prepared picture; None if the work was not opened or cannot be read.
        genre: one of `choices.GENRES`, "" where it is not known.
        reason: why it is left out, one of `cleaning.REASONS`; "" while it stays.
        detail: more about the reason.
        group: number of its group of near duplicates, over both domains.
        split: "train" or "test".
    """

    work: Work
    domain: str
    name: str
    picture: Picture | None = None
    genre: str = ""
    reason: str = ""
    detail: str = ""
    group: int = -1
    split: str = ""

    @property
    def file(self) -> str:
        """Its path in the data set."""
        return f"{self.split}{self.domain}/{self.name}"

    @property
    def is_painting(self) -> bool:
        """Domain A may be paintings too, of another period."""
        return self.domain == "B" or bool(self.work.period)

    @property
    def made(self) -> Picture:
        """Its picture, where it is known to have one."""
        if self.picture is None:
            raise ValueError(f"{self.work.name} has no picture")
        return self.picture

    def leave_out(self, reason: str, detail: str = "") -> None:
        """Takes it out of the selection."""
        self.reason, self.detail = reason, detail
