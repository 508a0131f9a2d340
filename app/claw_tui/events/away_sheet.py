"""The sheet of what happened while no dashboard was open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from claw_tui.actions.model import EVENTS, INSTANCES, Mode
from claw_tui.events.away_text import HEADING, AwayStory, caption, name_width, stories, story_lines
from claw_tui.shell.item_list import ItemList
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from gateway_core.events.looking_back import Absence

_WIDEST = 104
_MOST_STORIES = 200  # more take seconds to be drawn, and nobody reads them

Destination = tuple[Mode, str]
"""The mode and the instance that a story leads to."""


class StoryList(ItemList[AwayStory]):
    """A few lines per gateway."""

    def __init__(self, found: tuple[AwayStory, ...], columns: int) -> None:
        super().__init__(id="stories")
        self._columns = columns
        self._name_width = name_width(found, columns)

    @property
    def room(self) -> int:
        """The columns of the sheet: lines are there when it is first seen."""
        return self._columns

    def lines(self, item: AwayStory, columns: int) -> Iterable[Line]:
        return story_lines(item, columns, self._name_width)

    def key(self, item: AwayStory) -> object:
        return item.instance


class AwaySheet(Sheet[Destination]):
    """What became of each gateway; ends with where the one under the cursor is shown."""

    AUTO_FOCUS = "StoryList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "instance", "The gateway"),
        Binding("e", "events", "Its events"),
    ]

    def __init__(self, absence: Absence) -> None:
        super().__init__(HEADING, "enter shows the gateway, e its events, esc closes")
        self._absence = absence
        self._stories = stories(absence)
        self._shown = self._stories[:_MOST_STORIES]

    def body(self) -> Vertical:
        columns = self.columns(_WIDEST)
        box = Vertical(
            Static(paint([*caption(self._absence, self._stories, columns), *self._left_out(), ()])),
            StoryList(self._shown, columns - 2),  # beside the sign of the cursor
            id="away",
        )
        box.styles.width = columns
        return box

    def _left_out(self) -> Iterator[Line]:
        if len(self._shown) < len(self._stories):
            left = len(self._stories) - len(self._shown)
            yield (Piece(f"Here are the worst {len(self._shown)}; {left} more are among the events", Tone.MUTED),)

    def on_mount(self) -> None:
        self.query_one(StoryList).show(self._shown)

    def action_instance(self) -> None:
        self._lead_to(INSTANCES)

    def action_events(self) -> None:
        self._lead_to(EVENTS)

    def _lead_to(self, mode: Mode) -> None:
        chosen = self.query_one(StoryList).chosen
        if chosen is not None:
            self.dismiss((mode, chosen.instance))
