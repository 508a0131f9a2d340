"""The actions of the mode of logs."""

from functools import partial

from claw_tui.actions.model import INSTANCES, LOGS, Action, Group, Situation, has_instance, no_instance

_action = partial(Action, group=Group.LOGS, scope=LOGS.name)
_of_lines = partial(
    _action,
    needs=lambda situation: not situation.empty,
    why_not=lambda _: "There is no gateway on this machine, and so no log.",
)


def _nothing_searched(_: Situation) -> str:
    return "Nothing is searched for. See “Search”."


LOG_ACTIONS = (
    _action(
        id="clear-log-filter",
        keys="escape",
        title="Clear search and level",
        explanation="Give up the search; then show lines of all levels again.",
        call="clear_filter",
        needs=lambda situation: situation.filtered,
        short="Clear",
        hidden=True,
    ),
    _of_lines(
        id="follow-logs",
        keys="space,end",
        title="Follow or pause",
        explanation="Paused, nothing moves; what comes meanwhile is counted. Moving up pauses too.",
        call="toggle_follow",
        short="Follow",
    ),
    _of_lines(
        id="filter-logs",
        keys="slash",
        title="Search",
        explanation="Show only lines with a regular expression, in all of these logs. Enter shows what was around one.",
        call="filter",
        short="Search",
    ),
    _action(
        id="next-match",
        keys="n",
        title="Next match",
        explanation="Go down to the next line with what was searched for.",
        call="seek(1)",
        needs=lambda situation: situation.searched,
        why_not=_nothing_searched,
    ),
    _action(
        id="previous-match",
        keys="N",
        title="Match before",
        explanation="Go up to the one before; further back than what is loaded, if need be.",
        call="seek(-1)",
        needs=lambda situation: situation.searched,
        why_not=_nothing_searched,
    ),
    _action(
        id="log-context",
        keys="enter",
        title="Lines around this one",
        explanation="Show the line under the cursor among all others.",
        call="context",
        needs=lambda situation: situation.filtered,
        why_not=lambda _: "All lines are shown already: nothing is searched for, and no level chosen.",
        short="Around it",
        hidden=True,
    ),
    _of_lines(
        id="log-level",
        keys="l",
        title="Next level",
        explanation="Only info and worse, warnings and worse, errors only, then all again.",
        call="next_level",
        short="Level",
    ),
    _of_lines(
        id="last-error",
        keys="e",
        title="Last error",
        explanation="Jump to the last error; from there to the one before.",
        short="Last error",
    ),
    _of_lines(
        id="wrap-logs",
        keys="w",
        title="Wrap long lines",
        explanation="Or let them reach beyond the edge: then the arrow keys move sideways.",
        call="toggle_wrap",
        short="Wrap",
    ),
    _of_lines(
        id="copy-log",
        keys="y",
        title="Copy from the log…",
        explanation="Copy the message, the line, or all that is loaded. The mouse selects text, too.",
        call="copy",
        short="Copy",
    ),
    _action(
        id="log-source",
        keys="s",
        title="Next source",
        explanation="Its log file, the journal or files of its service, or its console (what it printed).",
        call="next_source",
        needs=lambda situation: situation.sources,
        why_not=lambda _: "These gateways have no other logs than those that are shown.",
        short="Source",
        hidden=True,
    ),
    _of_lines(
        id="log-instance",
        keys="i",
        title="Whose logs",
        explanation="Show the logs of one instance, or of all of them merged.",
        call="pick",
        short="Whose",
    ),
    Action(
        id="logs-of-instance",
        keys="l",
        title="Its logs",
        explanation="Show the logs of the instance under the cursor.",
        group=Group.INSTANCE,
        call="logs",
        scope=INSTANCES.name,
        needs=has_instance,
        why_not=no_instance,
        short="Logs",
    ),
)
