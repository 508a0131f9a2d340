"""The search for installed products in words: what it waits for, and what it has found."""

from collections.abc import Iterable

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Line, Section, fact, lay_out
from claw_tui.text.values import clean
from gateway_core.onboarding.choices import ChoiceProblem, ProblemCode
from gateway_core.onboarding.commands import SEARCH_DEADLINE_S, CommandSearch


def search_title(seconds: float) -> str:
    """Say what is looked for, since when, and how long that may take."""
    return f"Looking for installed products: {seconds:.0f} s, at most {SEARCH_DEADLINE_S:.0f} s."


def search_lines(searches: Iterable[CommandSearch], columns: int) -> list[Line]:
    """Tell for each product whether it is there, or which command is being asked for its version."""
    return lay_out([Section("", tuple(map(_search_fact, searches)))], columns, label_width=0)[1:]


def _search_fact(search: CommandSearch) -> Fact:
    name, found = clean(search.distribution), search.outcome
    if found is None:
        return fact("", f"◌ {name}: asking {clean(search.asked or name)} --version", tone=Tone.NOTICE)
    if isinstance(found, ChoiceProblem):
        missing = found.code is ProblemCode.COMMAND_MISSING
        return fact("", f"– {name}: not installed" if missing else f"! {name}: {clean(found.message)}", tone=Tone.MUTED)
    return fact("", f"● {name} {clean(found.version)}", tone=Tone.GOOD)
