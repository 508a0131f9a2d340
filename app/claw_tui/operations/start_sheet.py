"""Picks in which way an instance is started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.sections import Section, command_fact, lay_out
from claw_tui.text.values import clean, pad, shorten
from gateway_core.lifecycle.backend import DIRECT, Options
from gateway_core.snapshot import Instance

_TITLE_WIDTH = 24
_NOTE_WIDTH = 46
_WIDEST = 72


class StartSheet(Sheet[Options]):
    """The ways to start an instance, one line each; those that are no choice are faint."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, name: str, ways: Sequence[Way], command: str | None) -> None:
        """Offer `ways`; `command` is what a start without a service runs."""
        super().__init__(f"Start {name}", "enter starts, esc leaves it")
        self._ways = ways
        self._command = command

    def body(self) -> Vertical:
        return Vertical(GuardedOptionList(*map(_option, self._ways)), Static(self._text(), id="command"), id="asked")

    def on_resize(self) -> None:
        self.query_one("#command", Static).update(self._text())

    def _text(self) -> Content:
        told = (Section("Its own command", (command_fact("", f"$ {clean(self._command)}"),)),) if self._command else ()
        return paint(lay_out(told, self.columns(_WIDEST), 0))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._ways[event.option_index].options)


def _option(way: Way) -> Option:
    tone = "$tone-normal" if way.options is not None else "$tone-faint"
    line = Content.assemble(
        (f" {pad(way.title, _TITLE_WIDTH)}", tone), (f"{shorten(way.note, _NOTE_WIDTH)} ", "$tone-muted")
    )
    return Option(line, disabled=way.options is None)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to start an instance, or why it is none."""

    title: str
    note: str
    options: Options | None  # options of the start; `None`: it is not offered


def ways_to_start(instance: Instance, *, hazardous: bool) -> tuple[Way, ...]:
    """Return the usual way, each service of the instance, directly, and in spite of a conflict.

    `hazardous`: its product ends whatever it finds on its ports.
    """
    return tuple(_ways(instance, hazardous))


def _ways(instance: Instance, hazardous: bool) -> Iterator[Way]:
    known = instance.signals.services
    usual = f"through {clean(known[0].name)}" if known else "its own command"
    yield Way("As usual", "undecided between its services" if len(known) > 1 else usual, Options())
    for service in known:
        yield Way(f"Via {clean(service.manager)}", clean(service.name), Options(backend=service.manager))
    yield Way(f"Via {DIRECT}", "its own command, without a service", Options(backend=DIRECT))
    if hazardous:
        yield Way("Start anyway", "never: it ends whatever it finds on its ports", None)
    else:
        yield Way("Start anyway", "as usual, in spite of a port conflict", Options(force=True))
