"""An audit for people: what needs them, worst first, and once for all whom it concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from claw_tui.audit.grouping import Matter, matters, remedies
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, command_fact, fact, sections_of
from claw_tui.text.sheet_contents import Copyable, copyables_of
from claw_tui.text.states import StateStyle
from claw_tui.text.values import ABSENT, clean, count
from gateway_core.audit.model import AuditReport, Drift, Result
from gateway_core.audit.run import CHECKS
from gateway_core.shell_commands import own_command

HOST = "this host"
_MOST_IN_HEADING = 3  # more names are told below it
_MOST_REMEDIES = 3  # of those whom the same concerns
_COPY_KEYS = "123456789"
_STYLES = {
    Result.FAIL: StateStyle("■", "fail", Tone.BAD),
    Result.WARN: StateStyle("!", "warn", Tone.WARNING),
    Result.UNKNOWN: StateStyle("?", "unknown", Tone.WARNING),
    Result.PASS: StateStyle("●", "pass", Tone.GOOD),
}
"""Declared from what needs a person first."""
_EXPLANATIONS = {check.name: check.explanation for check in CHECKS}


def sections(report: AuditReport, instances: Sequence[str], *, every: bool) -> tuple[Section, ...]:
    """Return a section for all whom the same concerns, the worst first, and for the host itself last.

    Without `every`, only what is not as it should be.
    """
    owners: tuple[str | None, ...] = (*instances, None)
    told: dict[tuple[str | None, ...], list[Fact]] = {}
    for matter in matters(report, owners, every=every):
        told.setdefault(matter.owners, []).extend(_matter_facts(matter))
    for drift in (drift for drift in report.drift if drift.instance in owners):
        told.setdefault((drift.instance,), []).extend(_drift_facts(drift))
    last = told.pop((None,), [])
    named = ((_heading(whose), (*_names(whose), *found)) for whose, found in told.items())
    return sections_of(*named, (HOST, last))


def _heading(owners: Sequence[str | None]) -> str:
    if len(owners) > _MOST_IN_HEADING:
        return count(len(owners), "gateway")
    return ", ".join(clean(owner or HOST) for owner in owners)


def _names(owners: Sequence[str | None]) -> Iterator[Fact]:
    if len(owners) > _MOST_IN_HEADING:
        yield fact("", ", ".join(clean(owner or HOST) for owner in owners))


def facts(report: AuditReport, owner: str | None) -> Iterator[Fact]:
    """Tell what is not as it should be with one instance, or with `None` with none of them."""
    for matter in matters(report, [owner], every=False):
        yield from _matter_facts(matter)
    for drift in report.drift:
        if drift.instance == owner:
            yield from _drift_facts(drift)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The audit of one instance in a line: the worst result, and the names of the checks that want a person."""

    instance: str
    style: StateStyle
    passed: int
    wanting: str


def verdicts(report: AuditReport, instances: Sequence[str]) -> list[Verdict]:
    """A verdict for each instance, the worst first, else in their order."""
    ranks = {style: rank for rank, style in enumerate(_STYLES.values())}
    found = (_verdict(_of_instance(report, instance), instance) for instance in instances)
    return sorted(found, key=lambda verdict: ranks[verdict.style])


def _verdict(own: AuditReport, instance: str) -> Verdict:
    checks = [item.check for item in own.items if item.result is not Result.PASS]
    drifted = [f"{drift.what} drifted" for drift in own.drift]
    return Verdict(instance, _worst_style(own), len(own.items) - len(checks), ", ".join((*checks, *drifted)))


def brief_section(report: AuditReport | None, instance_id: str, key: str) -> tuple[Section, ...]:
    """Tell the audit of one instance in a line of its overview, with the key that leads to all of it."""
    own = _of_instance(report, instance_id)
    if not own.items and not own.drift:
        return ()
    style = _worst_style(own)
    return (
        Section("Audit", (Fact(style.text, (Piece(summary(own)), Piece(f"{key} shows it", Tone.MUTED)), style.tone),)),
    )


def tab_sections(report: AuditReport | None, instance_id: str) -> tuple[Section, ...]:
    """Tell all that was found about one instance: what needs a person first, what is as it should be last."""
    heading = clean(instance_id)
    if report is None:
        return (Section(heading, (fact("audit", "not made yet", "it comes by itself; r makes it at once"),)),)
    own = _of_instance(report, instance_id)
    style = _worst_style(own)
    return sections_of(
        (heading, [Fact(style.text, (Piece(summary(own), style.tone), *_as_of(report)), style.tone)]),
        ("To look after", facts(own, instance_id)),
        (
            "As it should be",
            (fact(item.check, clean(item.evidence)) for item in own.items if item.result is Result.PASS),
        ),
    )


def _as_of(report: AuditReport) -> Iterator[Piece]:
    if report.at is not None:
        yield Piece(f"as of {report.at.astimezone():%H:%M:%S}", Tone.MUTED)


def tab_mark(report: AuditReport | None, instance_id: str) -> Piece | None:
    """Count beside the name of the tab how many things need a person."""
    own = _of_instance(report, instance_id)
    wanting = sum(item.result is not Result.PASS for item in own.items) + len(own.drift)
    style = _worst_style(own)
    return Piece(f"{style.symbol} {wanting}", style.tone) if wanting else None


def _of_instance(report: AuditReport | None, instance_id: str) -> AuditReport:
    if report is None:
        return AuditReport()
    return AuditReport(
        items=tuple(item for item in report.items if item.instance == instance_id),
        drift=tuple(drift for drift in report.drift if drift.instance == instance_id),
    )


def _worst_style(report: AuditReport) -> StateStyle:
    found = {item.result for item in report.items} | ({Result.WARN} if report.drift else set())
    return next((style for result, style in _STYLES.items() if result in found), _STYLES[Result.PASS])


def copyables(report: AuditReport | None, instance_id: str) -> tuple[Copyable, ...]:
    """The commands of the remedies for that instance: on the screen they may be broken into lines."""
    own = _of_instance(report, instance_id)
    found: dict[str, list[str]] = {}
    for what, command in (
        *((item.check, item.command) for item in own.items if item.result is not Result.PASS),
        *((drift.what, drift.command) for drift in own.drift),
    ):
        if command is not None:
            found.setdefault(command, []).append(what)
    keys = chain(_COPY_KEYS, repeat(""))
    return copyables_of(*((next(keys), f"remedy: {', '.join(whats)}", command) for command, whats in found.items()))


def failing(report: AuditReport | None) -> frozenset[str]:
    items = report.items if report else ()
    return frozenset(item.instance for item in items if item.instance and item.result is Result.FAIL)


def summary(report: AuditReport) -> str:
    """Count results as `2 fail, 1 warn, 14 pass, 1 drift`: the worst first, without those that there are none of."""
    numbers = Counter(item.result for item in report.items)
    parts = [f"{numbers[result]} {style.word}" for result, style in _STYLES.items() if numbers[result]]
    drift = [f"{count(len(report.drift), 'value')} drifted"] if report.drift else []
    return ", ".join((*parts, *drift)) or "nothing to check"


def is_calm(report: AuditReport) -> bool:
    return not report.drift and all(item.result is Result.PASS for item in report.items)


def _matter_facts(matter: Matter) -> Iterable[Fact]:
    item = matter.first
    style = _STYLES[item.result]
    yield Fact(style.text, (Piece(item.check, Tone.STRONG), Piece(clean(matter.evidence))), style.tone)
    if item.remedy:
        yield fact("", _EXPLANATIONS.get(item.check, ""), tone=Tone.MUTED)
    found = list(remedies(matter))
    for remedy, command in found[:_MOST_REMEDIES]:
        yield from _remedy_facts(remedy, command)
    if len(found) > _MOST_REMEDIES:
        listing = own_command("audit", *filter(None, (item.instance,)))
        yield fact("", f"and so on; {listing} names that of one", tone=Tone.MUTED)


def _drift_facts(drift: Drift) -> Iterable[Fact]:
    values = (("configured", drift.configured), ("service", drift.service), ("live", drift.live))
    said = ", ".join(f"{name} {ABSENT if value is None else clean(str(value))}" for name, value in values)
    yield Fact("≠ drift", (Piece(clean(drift.what), Tone.STRONG), Piece(said)), Tone.WARNING)
    yield from _remedy_facts(drift.remedy, drift.command)


def _remedy_facts(remedy: str, command: str | None) -> Iterator[Fact]:
    if command != remedy:
        yield fact("", f"→ {clean(remedy)}")
    if command is not None:
        yield command_fact("run", command)
