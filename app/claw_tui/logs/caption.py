"""The caption of a log: whose it is, what is left out, and whether it moves; and why there are no lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from claw_tui.hosts.logs import LogQuery, Sources
from claw_tui.logs.lines import brief_names, lane_mark
from claw_tui.logs.rows import Matches
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Line, Piece, Section, fact
from claw_tui.text.values import clean, count, memory, width
from gateway_core.logs.sources import Log, Origin
from gateway_core.snapshot import Problem

LABEL_WIDTH = 13  # room for the labels of `instead_of_lines`
_MOST_NAMED = 12
_MOST_PLACES = 8
_ORIGINS = {
    Origin.FILE: "file",
    Origin.JOURNAL: "journal",
    Origin.SERVICE: "launchd's files",
    Origin.OUTPUT: "console",
}


@dataclass(frozen=True, slots=True)
class LogState:
    """The state of a log that its caption tells."""

    query: LogQuery = field(default_factory=LogQuery)
    matches: Matches | None = None
    following: bool = True
    waiting: int = 0  # lines that came during the pause
    searching: int | None = None  # bytes that a search has still before it; 0 also if that is not known
    whole: bool = True  # no line is unread
    empty: bool = False
    nobody: bool = False  # there is no instance on this host, and so no log
    sources: Sources = field(default_factory=Sources)
    problems: tuple[Problem, ...] = ()

    def shown(self, matches: Matches | None, *, empty: bool) -> LogState:
        """Return the state with what a pane has loaded; where lines are unread, there may be more matches."""
        counted = matches and replace(matches, more=matches.more or not self.whole)
        return replace(self, matches=counted, empty=empty)

    @property
    def left_out(self) -> str:
        """The filter in words; empty, if all lines are shown."""
        query = self.query
        level = f"{query.level.name.lower()} and worse" if query.level is not None else ""
        pattern = f"with “{clean(query.pattern)}”" if query.pattern else ""
        return "  ".join(filter(None, (level, pattern)))


def caption(state: LogState, columns: int) -> Line:
    """Draw one line. Where it is too narrow, names and source are shortened, so that the rest can be seen."""
    if state.nobody:
        return (Piece("No gateways", Tone.MUTED),)
    hidden = (Piece(f"  {state.left_out}", Tone.WARNING),) if state.left_out else ()
    marked = (Piece(f"  n N “{clean(state.query.marked)}”", Tone.WARNING),) if state.query.marked else ()
    counted = (Piece(f"  {state.matches.text}", Tone.NORMAL),) if state.matches and not state.empty else ()
    rest = (*hidden, *marked, *counted, *_motion(state), *_trouble(state))
    source, names = _source(state.sources), state.query.instances
    whole, brief = tuple(map(clean, names[:_MOST_NAMED])), brief_names(names)[:_MOST_NAMED]
    lines = [(*_names(names, whole), *source, *rest)]
    for some in range(len(brief), -1, -1):
        lines.append((*_names(names, whole[:some]), *source, *rest))
        lines += [(*_names(names, brief[:some]), *shown, *rest) for shown in (source, source[:1])]
    lines.append((*_names(names, ()), *rest))
    return next((line for line in lines if sum(width(piece.text) for piece in line) <= columns), lines[-1])


def tail_note(state: LogState) -> Line:
    paused = Piece(f"paused{_waiting(state)}; end follows", Tone.NOTICE)
    motion = Piece("following", Tone.GOOD) if state.following else paused
    return (motion, *_trouble(state), Piece(", l shows all of it", Tone.MUTED))


def instead_of_lines(state: LogState) -> tuple[Section, ...]:
    """Tell why there are no lines, and what to do; empty, if there are some."""
    if not state.empty:
        return ()
    if state.problems:
        said = tuple(fact("", clean(problem.message), clean(problem.where)) for problem in state.problems)
        return (Section("This cannot be shown", said),)
    if state.nobody:
        return (_NO_LOGS,)
    if state.searching is not None:
        return (Section("Reading", (fact("", f"{memory(state.searching)} to go"),) if state.searching else ()),)
    if state.left_out:
        return (Section("No such line", (fact("shown", state.left_out), fact("esc", "shows all lines again"))),)
    return (_nothing_written(state.sources),)


_NO_LOGS = Section(
    "There is no gateway on this machine yet, and so no log",
    (
        fact("once there is", "its log file, the journal of its service, or what it prints is shown here"),
        fact("1", "leads to how to begin: your first gateway, or the demo"),
    ),
)


def _nothing_written(sources: Sources) -> Section:
    hope = fact("", "Lines appear here as soon as they are written.", tone=Tone.MUTED)
    if sources.shown and all(log.name in sources.absent for log in sources.shown):
        return Section("No log was found", (*_places("looked for", sources.known), hope))
    return Section("No lines yet", (*_places("in", sources.shown), hope))


def _places(label: str, logs: Sequence[Log]) -> tuple[Fact, ...]:
    names = [clean(log.name) for log in logs]
    facts = [fact("" if number else label, name) for number, name in enumerate(names[:_MOST_PLACES])]
    more = len(names) - _MOST_PLACES
    return (*facts, *((fact("", f"and {more} more", tone=Tone.MUTED),) if more > 0 else ()))


def _names(instances: tuple[str, ...], labels: tuple[str, ...]) -> Line:
    if len(instances) == 1:
        return (Piece(clean(instances[0]), Tone.STRONG),)
    marks = map(lane_mark, range(len(labels)))
    shown = [Piece(f"{mark.text}{label} ", mark.tone) for mark, label in zip(marks, labels, strict=True)]
    more = len(instances) - len(shown)
    rest = f"and {more} more" if shown else count(more, "gateway")
    return (*shown, *((Piece(rest, Tone.MUTED),) if more else ()))


def _source(sources: Sources) -> Line:
    if sources.next_origin is None:
        return ()
    shown = " and ".join(dict.fromkeys(_ORIGINS[log.origin] for log in sources.shown))
    return (Piece(f"  {shown}", Tone.NORMAL), Piece(f" (s: {_ORIGINS[sources.next_origin]})", Tone.MUTED))


def _trouble(state: LogState) -> Line:
    if not state.problems:
        return ()
    first = state.problems[0]
    return (Piece(f"  ! {clean(first.message)} {clean(first.where)}", Tone.BAD),)


def _motion(state: LogState) -> Line:
    if state.searching is not None and state.left_out:
        to_go = f", {memory(state.searching)} to go" if state.searching else ""
        return (Piece(f"  searching{to_go}", Tone.NOTICE),)
    if state.following:
        return (Piece("  following", Tone.GOOD),)
    if state.query.until is not None:
        return (Piece("  in the past; space goes back to the end", Tone.NOTICE),)
    return (Piece(f"  paused{_waiting(state)}; space follows", Tone.NOTICE),)


def _waiting(state: LogState) -> str:
    return f", {count(state.waiting, 'new line')}" if state.waiting else ""
