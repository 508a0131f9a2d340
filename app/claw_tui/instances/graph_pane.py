"""The pane with the graphs of one instance, which are drawn for the space that there is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from claw_tui.instances.graphs import GraphSource
from claw_tui.shell.painting import paint
from claw_tui.text.sections import Line


class GraphPane(VerticalScroll):
    """Draws again only what has changed: the columns of a graph that are over never do."""

    _source: GraphSource | None = None
    _drawn: Sequence[Line] = ()

    def compose(self) -> ComposeResult:
        yield Static()

    def show(self, source: GraphSource) -> None:
        self._source = source
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        columns, rows = self.scrollable_content_region.size
        if not self.display or not columns or self._source is None:
            return
        lines = self._source(columns, rows)
        if lines != self._drawn:
            self.query_one(Static).update(paint(lines), layout=len(lines) != len(self._drawn))
            self._drawn = lines
