"""The details of one instance in tabs: an overview, its audit, graphs, and the newest lines of its logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive

from claw_tui.instances.graph_pane import GraphPane
from claw_tui.instances.graphs import ABREAST_FROM, GraphSource
from claw_tui.logs.caption import tail_note
from claw_tui.logs.controller import TailController
from claw_tui.logs.pane import LogTail
from claw_tui.shell.bars import ClickableLine
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.painting import paint_line
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece, Section
from claw_tui.text.values import cut, width

_RULE = "─"
_FEWEST = 8  # columns of a note that still say something
_BOTH_FROM = 32  # rows that an overview and graphs take together


class DetailTab(StrEnum):
    """The tabs of the details."""

    OVERVIEW = "Overview"
    AUDIT = "Audit"
    GRAPHS = "Graphs"
    LOGS = "Logs"

    def turned(self, step: int) -> DetailTab:
        every = tuple(DetailTab)
        return every[(every.index(self) + step) % len(every)]


def tab_line(columns: int, active: DetailTab, marks: dict[DetailTab, Piece], note: Line, *, lit: bool) -> Line:
    """Draw `─ ┤Overview├ Audit ■ 2  Logs ──── following ─` in exactly that many columns, unless they are too few.

    `marks` tell what of a tab is worth a look; `note` is said at the right, cut where it does not fit; `lit` means that
    the keyboard is in the details.
    """
    rule = Tone.NOTICE if lit else Tone.FAINT
    left = (
        Piece(f"{_RULE} ", rule),
        *(piece for tab in DetailTab for piece in _tab(tab, active, marks.get(tab), rule)),
    )
    room = columns - _length(left)
    right = tuple(_cut(note, room - 4))
    between = room - _length(right) - (3 if right else 0)
    if not right:
        return (*left, Piece(_RULE * max(0, between), rule))
    return (*left, Piece(_RULE * max(0, between) + " ", rule), *right, Piece(f" {_RULE}", rule))


def _tab(tab: DetailTab, active: DetailTab, mark: Piece | None, rule: Tone) -> Iterator[Piece]:
    call = f"screen.show_tab('{tab.name}')"
    opening, closing = "┤├" if tab is active else "  "
    yield Piece(opening, rule)
    yield Piece(tab.value, Tone.STRONG if tab is active else Tone.NORMAL, call)
    if mark is not None:
        yield Piece(f" {mark.text}", mark.tone, call)
    yield Piece(closing, rule)


def _cut(note: Line, columns: int) -> Iterator[Piece]:
    for piece in note:
        if columns < min(_FEWEST, width(piece.text)):
            return
        shown = cut(piece.text, columns)
        yield Piece(shown, piece.tone, piece.call)
        columns -= width(shown)


def _length(pieces: Iterable[Piece]) -> int:
    return sum(width(piece.text) for piece in pieces)


_HINT = (Piece("[ ] switch tabs", Tone.MUTED),)


class TabLine(ClickableLine):
    """The names of the tabs, on the rule that parts them from the list."""

    active: reactive[DetailTab] = reactive(DetailTab.OVERVIEW)
    marks: reactive[dict[DetailTab, Piece]] = reactive(dict[DetailTab, Piece])
    note: reactive[Line] = reactive(())
    lit: reactive[bool] = reactive(False)

    def render(self) -> Content:
        return paint_line(tab_line(self.size.width, self.active, self.marks, self.note, lit=self.lit))


class DetailTabs(Vertical):
    """The tabs of one instance; which of them is shown stays as it is whoever is shown."""

    def __init__(self, tail: TailController, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._tail = tail

    def compose(self) -> ComposeResult:
        yield TabLine(id="tabs")
        yield DetailPane(id="facts")
        yield LogTail(self._tail, id="tail")
        yield GraphPane(id="graphs")

    def on_mount(self) -> None:
        self.tail.display = self._graphs.display = False
        self.watch(self.tail, "state", self._take_note)

    @property
    def active(self) -> DetailTab:
        return self._line.active

    @property
    def tail(self) -> LogTail:
        return self.query_one(LogTail)

    def turn_to(self, tab: DetailTab) -> None:
        """Show another tab; the keyboard stays in the details if it is there."""
        focused = self.has_focus_within
        self._line.active = tab
        self._arrange(tab)
        if focused:
            self._pane_of(tab).focus()

    def show(
        self, tab: DetailTab, sections: Sequence[Section], marks: dict[DetailTab, Piece], graphs: GraphSource
    ) -> None:
        """Show that tab with its sections or graphs; the tail reads the newest log lines itself."""
        self._line.marks = marks
        self._arrange(tab)
        self._graphs.show(graphs)
        if self._facts.display:
            self._facts.show(sections)

    def on_descendant_focus(self) -> None:
        self._line.lit = True

    def on_descendant_blur(self) -> None:
        self._line.lit = False

    def on_resize(self) -> None:
        self._arrange(self.active)

    def _arrange(self, tab: DetailTab) -> None:
        """Show the pane of that tab; below the overview there are graphs too, where there is space for both."""
        beside = tab is DetailTab.OVERVIEW and self.size.width >= ABREAST_FROM and self.size.height >= _BOTH_FROM
        for pane in (self._facts, self.tail, self._graphs):
            pane.display = pane is self._pane_of(tab) or (beside and pane is self._graphs)  # once: each change lays out
        self._graphs.set_class(beside, "-beside")
        self._graphs.can_focus = not beside
        self._take_note()

    def _pane_of(self, tab: DetailTab) -> DetailPane | LogTail | GraphPane:
        if tab is DetailTab.LOGS:
            return self.tail
        return self._graphs if tab is DetailTab.GRAPHS else self._facts

    @property
    def _facts(self) -> DetailPane:
        return self.query_one(DetailPane)

    @property
    def _graphs(self) -> GraphPane:
        return self.query_one(GraphPane)

    def _take_note(self) -> None:
        self._line.note = tail_note(self.tail.state) if self.tail.display else _HINT

    @property
    def _line(self) -> TabLine:
        return self.query_one(TabLine)
