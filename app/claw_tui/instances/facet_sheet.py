"""The sheet that asks which instances are to be shown: those of a state, of a group, or what needs attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.instances.facets import ATTENTION, EVERYTHING, Facets, row_needs_attention
from claw_tui.instances.rows import InstanceRow
from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.sheet import Sheet
from claw_tui.text.cells import Tone
from claw_tui.text.groups import InstanceGroup
from claw_tui.text.states import STATE_STYLES, state_rank
from claw_tui.text.values import clean, pad, shorten

_DIGITS = "123456789"
_LETTERS = "abcdefhilmnoprstuvwxyz"  # without those that move in lists or close sheets
_TITLE_WIDTH = 32
_COUNT_WIDTH = 5


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """A line of the sheet: its key, how it looks, how many instances there would be, and what it shows."""

    key: str
    symbol: str
    title: str
    tone: Tone
    number: int
    facets: Facets


def choices(listed: Sequence[InstanceRow], groups: Sequence[InstanceGroup]) -> tuple[FacetChoice, ...]:
    """Return all instances, what needs attention, the states that there are, worst first, and the groups."""
    letters = iter(_LETTERS)
    return (
        FacetChoice("0", " ", "all instances", Tone.NORMAL, len(listed), EVERYTHING),
        FacetChoice("!", "!", ATTENTION, Tone.WARNING, sum(map(row_needs_attention, listed)), Facets(attention=True)),
        *_states(listed, chain(_DIGITS, letters)),
        *_groups(listed, groups, letters),
    )


def _states(listed: Sequence[InstanceRow], keys: Iterator[str]) -> Iterator[FacetChoice]:
    for state in sorted({row.instance.state for row in listed}, key=state_rank):
        style, facets = STATE_STYLES[state], Facets(states=frozenset((state,)))
        yield FacetChoice(next(keys, ""), style.symbol, style.word, style.tone, sum(map(facets.keeps, listed)), facets)


def _groups(
    listed: Sequence[InstanceRow], groups: Sequence[InstanceGroup], keys: Iterator[str]
) -> Iterator[FacetChoice]:
    ids = [row.key for row in listed]
    for group in groups:
        title, number = f"group {clean(group.name)}", sum(map(group.has, ids))
        yield FacetChoice(next(keys, ""), " ", title, Tone.NORMAL, number, Facets(groups=(group,)))


class FacetSheet(Sheet[Facets]):
    """A line for each choice, with its key; ends with what is to be shown. The cursor is on what is shown now."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "choose", "Choose", show=False)]

    def __init__(self, offered: Sequence[FacetChoice], current: Facets) -> None:
        super().__init__("Show only…", "a key or enter chooses, esc leaves it")
        self._offered = offered
        self._current = current

    def body(self) -> OptionList:
        found = GuardedOptionList(*map(self._option, self._offered))
        shown = [choice.facets for choice in self._offered]
        found.highlighted = shown.index(self._current) if self._current in shown else 0
        return found

    def _option(self, choice: FacetChoice) -> Option:
        mark = "✓" if choice.facets == self._current else " "
        line = Content.assemble(
            (f" {choice.key or ' '} ", "$tone-notice"),
            (f"{mark} ", "$tone-notice"),
            (f"{choice.symbol} ", f"$tone-{choice.tone.value}"),
            (pad(shorten(choice.title, _TITLE_WIDTH), _TITLE_WIDTH), "$tone-normal"),
            (f"{choice.number:>{_COUNT_WIDTH}} ", "$tone-muted"),
        )
        return Option(line)

    def on_key(self, event: events.Key) -> None:
        found = next((choice for choice in self._offered if choice.key and choice.key == event.character), None)
        if found is not None:
            event.stop()
            self.dismiss(found.facets)

    def action_choose(self) -> None:
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._offered[event.option_index].facets)
