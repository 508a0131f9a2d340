"""The text of `ls` and `show` for ears: each instance as a sentence and some facts, each on a line of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from claw_tui.cli.tables.plain_sentences import closed, said, sentence, sentences
from claw_tui.instances.details import sections
from claw_tui.text.sections import Section
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, state_clause, state_rank
from claw_tui.text.values import clean, count
from gateway_core.snapshot import Instance, Snapshot

_FACTS = ("version", "base", "configured", "live", "home", "account")
_WITH_EACH_LOOK = ("process",)  # how long it has run, and what it uses
_CONFLICTS = "Conflicts"
_WHY = "why"  # of a conflict: as long as all else of an instance, and in `show`
_GRADES = {style.word: f"conflict, {style.word}" for style in GRADE_STYLES.values()}


def list_in_words(snapshot: Snapshot, instances: Sequence[Instance], *, steady: bool) -> list[str]:
    """How many there are and how they are; then each of them, with the facts that its row of the table has."""
    if not instances:
        return []
    wanted = _FACTS if steady else (*_FACTS, *_WITH_EACH_LOOK)
    each = (line for one in instances for line in ("", *_briefly(snapshot, one, wanted)))
    return [_summary(snapshot, instances), *each]


def in_words(instance: Instance, told: Sequence[Section]) -> list[str]:
    """All of one instance; its first section has its name for a title, and its state for the first fact."""
    first, *rest = told
    return [_state(instance), *map(sentence, first.facts[1:]), "", *sentences(map(_named, rest))]


def _summary(snapshot: Snapshot, instances: Sequence[Instance]) -> str:
    numbers = Counter(instance.state for instance in instances)
    states = ", ".join(f"{numbers[state]} {STATE_STYLES[state].word}" for state in sorted(numbers, key=state_rank))
    return f"{count(len(instances), 'gateway')} on {clean(snapshot.host)}: {states}."


def _briefly(snapshot: Snapshot, instance: Instance, wanted: Collection[str]) -> Iterator[str]:
    yield _state(instance)
    for part in map(_named, sections(snapshot, instance, snapshot.taken_at)):
        is_told = part.title == _CONFLICTS
        yield from (sentence(one) for one in part.facts if one.label in wanted or (is_told and one.label != _WHY))


def _named(part: Section) -> Section:
    """The section, with conflicts called so: what is drawn has the grade alone for a label."""
    if part.title != _CONFLICTS:
        return part
    facts = (replace(one, label=_GRADES.get(said(one.label), one.label)) for one in part.facts)
    return replace(part, facts=tuple(facts))


def _state(instance: Instance) -> str:
    reason = f": {clean(instance.reason)}" if instance.reason else ""
    return closed(said(f"{clean(instance.id)} {state_clause(instance.state)}{reason}"))
