"""The help: every key, and what the symbols mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, fact
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, StateStyle
from claw_tui.text.values import clean
from gateway_core.snapshot import Grade, Problem, State

LABEL_WIDTH = 15  # room for keys, states and grades

_STATE_MEANINGS = {
    State.RUNNING: "it is this gateway, its port is bound, it is live and ready",
    State.DEGRADED: "live but not ready, or its event loop is slow; the details say what is failing",
    State.STARTING: "the process is up, not live yet",
    State.STOPPING: "it finishes its work before it ends",
    State.WEDGED: "the process lives, but its port or its answer does not come",
    State.FOREIGN: "its base port is held by something else; `foreign` in JSON and options",
    State.CRASH_LOOPING: "its service manager restarts it again and again",
    State.STOPPED: "nothing runs; ready to start",
    State.BLOCKED: "nothing runs, and a start would fail",
    State.INCOMPLETE: "a state dir without a usable config",
    State.UNKNOWN: "could not tell, and why",
}

GRADE_MEANINGS = {
    Grade.ACTIVE: "a port of one instance is held right now by someone else",
    Grade.CERTAIN: "two instances claim the same port: whoever starts second fails",
    Grade.SQUATTER: "a program outside the family sits on a claimed port",
    Grade.INVALID: "a derived port that cannot be used",
    Grade.POSSIBLE: "a port of one lies in the range that another may take from",
    Grade.OVERLAP: "two such ranges overlap",
    Grade.EPHEMERAL: "the kernel may give the port to any program",
    Grade.RESERVED: "documented, harmless in these versions",
}


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """A line of the help about keys."""

    id: str
    group: str
    keys: str
    title: str
    explanation: str
    available: bool = True  # the action can be done in this session at all


def sections(entries: Iterable[HelpEntry], settings: Path | None) -> tuple[Section, ...]:
    known = tuple(entries)
    groups: dict[str, list[Fact]] = {}
    for entry in known:
        groups.setdefault(entry.group, []).append(_entry_fact(entry))
    return (
        *(Section(group, tuple(facts)) for group, facts in groups.items()),
        Section("States", tuple(_meaning(STATE_STYLES[state], text) for state, text in _STATE_MEANINGS.items())),
        Section("Conflicts", tuple(_meaning(GRADE_STYLES[grade], text) for grade, text in GRADE_MEANINGS.items())),
        Section("Audit", (Fact("§", (Piece("shares something, or shows a secret; its details say what"),), Tone.BAD),)),
        *((_own_keys(known, settings),) if settings else ()),
    )


def _own_keys(entries: Iterable[HelpEntry], settings: Path) -> Section:
    names = ", ".join(entry.id for entry in entries)
    facts = (
        fact("file", clean(str(settings))),
        fact("in it", "[keys]", "and then, for example,"),
        fact("", 'refresh = "f5"'),
        fact("names", names),
    )
    return Section("Your own keys", facts)


def _entry_fact(entry: HelpEntry) -> Fact:
    if not entry.available:
        return Fact(entry.keys, (Piece(entry.title, Tone.FAINT), Piece("not while read-only", Tone.FAINT)), Tone.FAINT)
    return Fact(entry.keys, (Piece(entry.title, Tone.STRONG), Piece(entry.explanation)))


def _meaning(style: StateStyle, meaning: str) -> Fact:
    return Fact(style.text, (Piece(meaning),), style.tone)


def problem_sections(problems: Iterable[Problem]) -> tuple[Section, ...]:
    """Each problem, and of which it hides a part of the host."""
    hidden = "What is not found may be there all the same."
    return tuple(
        Section(clean(problem.where), (fact("", clean(problem.message), hidden if problem.unseen else ""),))
        for problem in problems
    )
