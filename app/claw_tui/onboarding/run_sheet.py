"""Picks a run that was not finished and has no row: it is not the instance under the cursor that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.onboarding.unfinished import came_to
from claw_tui.shell.sheet import Sheet
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.onboarding.unfinished import UnfinishedRun


class RunSheet(Sheet["UnfinishedRun"]):
    """One line per run, by name. Enter alone, pressed by habit, picks none."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, verb: str, runs: Sequence[UnfinishedRun]) -> None:
        """`verb`: what becomes of the one that is picked."""
        super().__init__(f"{verb} which onboarding?", f"enter: {verb.lower()} the chosen one   esc: leave all")
        self._runs = runs

    def body(self) -> Vertical:
        """Those that left nothing that could have a row."""
        leave = Option(Content.styled(" Leave it ", "$tone-normal"))
        return Vertical(OptionList(leave, *map(_option, self._runs)), id="asked")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._runs[event.option_index - 1] if event.option_index else None)


def _option(run: UnfinishedRun) -> Option:
    return Option(
        Content.assemble((f" {clean(run.instance)}  ", "$tone-normal"), (f"{clean(came_to(run))} ", "$tone-muted"))
    )
