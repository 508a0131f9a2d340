"""The plain data that every table is made of."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """The meaning of a piece of text; each front end has its own colour for it, and none relies on the colour alone."""

    NORMAL = "normal"
    STRONG = "strong"
    TITLE = "title"
    MUTED = "muted"
    FAINT = "faint"  # cannot be used now
    GOOD = "good"
    NOTICE = "notice"  # in motion, or worth a look
    WARNING = "warning"
    BAD = "bad"
    LANE_1 = "lane-1"  # of one source among several, told apart by a name as well; so are the others
    LANE_2 = "lane-2"
    LANE_3 = "lane-3"
    LANE_4 = "lane-4"
    LANE_5 = "lane-5"
    LANE_6 = "lane-6"


LANES = (Tone.LANE_1, Tone.LANE_2, Tone.LANE_3, Tone.LANE_4, Tone.LANE_5, Tone.LANE_6)


ABSENT_KEY = (1, 0.0, "")  # the sort key of a cell without a value


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, its tone, and the key that it sorts by."""

    text: str
    tone: Tone = Tone.NORMAL
    sort_key: tuple[int, float, str] = ABSENT_KEY
    """(0 with a value, 1 without; number; text): numbers sort as numbers and absent values last."""

    @property
    def absent(self) -> bool:
        return self.sort_key[0] == 1


def by_number(text: str, number: float, tone: Tone = Tone.NORMAL) -> Cell:
    return Cell(text, tone, (0, number, ""))


def by_text(text: str, key: str | None = None, tone: Tone = Tone.NORMAL) -> Cell:
    """Return a cell that sorts by a text, its own if no other is given."""
    return Cell(text, tone, (0, 0.0, text if key is None else key))
