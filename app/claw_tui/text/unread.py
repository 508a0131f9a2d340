"""How much has happened that nobody has looked at yet, as the header says it beside the mode of events."""

from dataclasses import dataclass

_MOST = 99
ALARM = "!"


@dataclass(frozen=True, slots=True)
class Unread:
    """How many incidents are new, and whether one of them is alarming."""

    count: int = 0
    alarming: bool = False

    @property
    def text(self) -> str:
        """`3`, or `!3` where one of them is alarming; empty if there is none."""
        number = str(self.count) if self.count <= _MOST else f"{_MOST}+"
        return (f"{ALARM}{number}" if self.alarming else number) if self.count else ""
