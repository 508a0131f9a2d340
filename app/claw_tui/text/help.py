"""The help: what each key does, what the symbols mean, and the settings; what of it matches a search."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Section, fact
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, StateStyle
from claw_tui.text.values import clean
from gateway_core.snapshot import Grade, Problem, State

_STATE_MEANINGS = {
    State.RUNNING: "it is this gateway, its port is bound, it is live and ready",
    State.DEGRADED: "live but not ready, or it answers late; the details say what is failing",
    State.STARTING: "the process is up, not live yet",
    State.STOPPING: "it finishes its work before it ends",
    State.WEDGED: "it lives, but its port or its answer does not come; `wedged` in JSON and options",
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
    """One thing that the help explains: an action, a key, a symbol or a setting."""

    id: str
    group: str
    keys: str  # as they are shown; of a symbol, the symbol
    title: str
    explanation: str
    raw_keys: tuple[str, ...] = ()  # in Textual's names
    name: str = ""  # the name in the settings
    refusal: str = ""  # why it cannot be done now
    possible: bool = True
    tone: Tone = Tone.NOTICE  # of keys and symbols

    @property
    def searched(self) -> str:
        """All that a search looks at."""
        return " ".join((self.keys, self.title, self.name, self.explanation, self.group, *self.raw_keys)).casefold()


def matching(entries: Iterable[HelpEntry], text: str) -> tuple[HelpEntry, ...]:
    """Return the entries with all of these words."""
    words = text.casefold().split()
    return tuple(entry for entry in entries if all(word in entry.searched for word in words))


def best_match(entries: Iterable[HelpEntry], text: str) -> str:
    """Return the id of the first that is called like this, else of the first; empty if there is none."""
    words = text.casefold().split()
    ranked = sorted(entries, key=lambda entry: not _is_called(entry, words))  # equal ones keep their order
    return ranked[0].id if ranked else ""


def _is_called(entry: HelpEntry, words: Iterable[str]) -> bool:
    return all(word in f"{entry.keys} {entry.title} {entry.name}".casefold() for word in words)


def topics() -> Iterator[HelpEntry]:
    """Yield what is neither an action nor a setting: keys of lists and sheets, states, conflicts."""
    yield from _OTHER_KEYS
    yield from (_symbol("States", STATE_STYLES[state], text) for state, text in _STATE_MEANINGS.items())
    unread = "Since mode 4 was last looked at. The top line counts them: “4 Events 3”, or “!3” if one is alarming."
    yield HelpEntry("unread", "States", "•", "new incident", unread, tone=Tone.NOTICE)
    yield from (_symbol("Conflicts", GRADE_STYLES[grade], text) for grade, text in GRADE_MEANINGS.items())
    audit = "It shares something, or shows a secret; its details say what."
    yield HelpEntry("audit", "Conflicts", "§", "the audit's mark", audit, tone=Tone.BAD)


def _symbol(group: str, style: StateStyle, meaning: str) -> HelpEntry:
    return HelpEntry(f"{group}:{style.word}", group, style.symbol, style.word, f"{meaning}.", tone=style.tone)


def _key(group: str, keys: str, title: str, explanation: str) -> HelpEntry:
    return HelpEntry(f"{group}:{keys}", group, keys, title, explanation)


_OTHER_KEYS = (
    _key("Lists and text", "k j", "One line up, down", "As ↑ and ↓ do, wherever no text is typed."),
    _key("Lists and text", "g G", "First, last line", "As Home and End do; in the mode of ports g chooses a grade."),
    _key("Lists and text", "PgUp", "One page up", "PgDn goes one page down. Tab leads into the details."),
    _key("Lists and text", "click", "The mouse works, too", "On a row, a tab, a mode, a column, a number, an action."),
    _key("Questions and sheets", "y", "Agree", "Several gateways, or a kill, want something typed instead."),
    _key("Questions and sheets", "n esc", "Leave all as it is", "Enter alone never agrees to anything."),
    _key("Questions and sheets", "esc q", "Close a sheet", "What it showed stays as it is."),
    _key("This help", "/", "Search", "In keys, titles, names, words and settings; esc gives the search up."),
    _key("This help", "a key", "What does it do?", "It leads to its words, and does nothing. ↑ ↓ ← → move, too."),
    _key("History (h)", "c", "Stop waiting", "What was begun goes its way; repeating the operation finishes it."),
    _key("History (h)", "y Y", "Copy it, copy all", "Steps, commands and last words of the operations."),
    _key("New gateway (n)", "⏎ ⇥", "Next question", "⇧⇥ goes back to the one before; answers stay."),
    _key("New gateway (n)", "↓", "Take what is suggested", "Below a field: the nearest free name or port."),
    _key("New gateway (n)", "y", "Copy the commands", "On the review; at the end, that for provider and channels."),
    _key("New gateway (n)", "esc", "Cancel", "During the run it asks, and says how to resume or undo."),
)


def explained(entry: HelpEntry) -> tuple[Section, ...]:
    """Return the words of an entry."""
    heading = " ".join(filter(None, (entry.keys, entry.title)))
    facts = [fact("", entry.explanation, f"In the settings: {entry.name}" if entry.name else "")]
    if entry.refusal:
        facts.append(fact("", f"Not now: {clean(entry.refusal)}", tone=Tone.WARNING))
    return (Section(heading, tuple(facts)),)


def nothing_found(text: str) -> tuple[Section, ...]:
    return (Section(f"Nothing in the help matches {clean(text)}", (fact("", "esc shows all again."),)),)


def problem_sections(problems: Iterable[Problem]) -> tuple[Section, ...]:
    """Each problem, and of which it hides a part of the host."""
    hidden = "What is not found may be there all the same."
    return tuple(
        Section(clean(problem.where), (fact("", clean(problem.message), hidden if problem.unseen else ""),))
        for problem in problems
    )
