"""Options and arguments that several commands share."""

from __future__ import annotations

import math

import click
from click.shell_completion import CompletionItem

from claw_tui.cli import instance_groups
from claw_tui.cli import instance_ids as ids
from claw_tui.cli.output import PLAIN, PLAIN_VARIABLE, plain_by_environment

STATES = (
    *("running", "stopped", "starting", "stopping", "degraded", "blocked"),
    *("crash-looping", "foreign", "wedged", "incomplete", "unknown"),
)
"""Those of `gateway_core.snapshot.State`, which is not imported for `--help`; first what is asked for most."""


class StateName(click.ParamType[str]):
    """A state, by its name in the JSON or in tables: `foreign` or `port taken`."""

    name = "state"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        word = value.strip().lower()
        if word in STATES:
            return word
        from claw_tui.text.states import STATE_STYLES

        found = next((state.value for state, style in STATE_STYLES.items() if style.word == word), None)
        return found or self.fail(f"“{word}” is no state. There are: {', '.join(STATES)}.", param, ctx)

    def shell_complete(self, _context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(one) for one in STATES if one.startswith(incomplete)]


class StateList(click.ParamType[tuple[str, ...]]):
    """States, separated by commas."""

    name = "states"
    _one = StateName()

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(self._one.convert(word, param, ctx) for word in value.split(","))

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the last of them."""
        before, comma, last = incomplete.rpartition(",")
        given = before.split(",")
        others = self._one.shell_complete(context, parameter, last)
        return [CompletionItem(f"{before}{comma}{one.value}") for one in others if one.value not in given]


def seconds(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """A span of time that was asked for; click calls it."""
    if value is None or 0 < value < math.inf:
        return value
    raise click.BadParameter("it takes a number of seconds above 0")


def _want_plain(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    context.meta[PLAIN] = wanted or plain_by_environment()


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts, and nothing else.")
watch = click.option("--watch", is_flag=True, help="Stay, and print again on every change. Ctrl+C ends it.")
plain = click.option(
    "--plain",
    is_flag=True,
    expose_value=False,
    callback=_want_plain,
    help=f"For screen readers: a fact per line, in words, nothing drawn. {PLAIN_VARIABLE}=1 does it always.",
)
instance_ids = click.argument("instance_ids", metavar="[ID]...", nargs=-1, shell_complete=ids.complete)
group = click.option(
    "--group",
    "groups",
    metavar="NAME",
    multiple=True,
    shell_complete=instance_groups.complete,
    help="The gateways of a group of your settings. Can be repeated.",
)
timeout = click.option(
    "--timeout", type=float, metavar="S", callback=seconds, help="Seconds for each wait. [default: its product's own]"
)
force = click.option("--force", is_flag=True, help="In spite of a port conflict. Ends nobody, and lifts nothing else.")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
yes_of_start = click.option(
    "--yes", "-y", is_flag=True, help="As for stop and restart; start ends nothing, and so asks nothing."
)


def examples(*lines: str, after: str = "") -> str:
    """The end of a help: lines that stay as they are, and a paragraph after them."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines), *(("", after) if after else ())))
