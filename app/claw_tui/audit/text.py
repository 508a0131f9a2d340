"""An audit for people: what needs them, grouped by instance, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, command_fact, fact, sections_of
from claw_tui.text.sheet_contents import Copyable, copyables_of
from claw_tui.text.states import StateStyle
from claw_tui.text.values import ABSENT, clean, count
from gateway_core.audit.model import AuditItem, AuditReport, Drift, Result
from gateway_core.audit.run import CHECKS

HOST = "this host"
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
    """Return a section for each instance with results, and for the host itself last.

    Without `every`, only what is not as it should be.
    """
    owners: tuple[str | None, ...] = (*instances, None)
    return sections_of(*((clean(owner or HOST), facts(report, owner, every=every)) for owner in owners))


def facts(report: AuditReport, owner: str | None, *, every: bool) -> Iterator[Fact]:
    """Tell what was found about one instance, or with `None` about none of them."""
    for item in report.items:
        if item.instance == owner and (every or item.result is not Result.PASS):
            yield from _item_facts(item)
    for drift in report.drift:
        if drift.instance == owner:
            yield from _drift_facts(drift)


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
    passed = AuditReport(items=tuple(item for item in own.items if item.result is Result.PASS))
    return sections_of(
        (heading, [Fact(style.text, (Piece(summary(own), style.tone),), style.tone)]),
        ("To look after", facts(own, instance_id, every=False)),
        ("As it should be", facts(passed, instance_id, every=True)),
    )


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


def _item_facts(item: AuditItem) -> Iterable[Fact]:
    style = _STYLES[item.result]
    yield Fact(style.text, (Piece(item.check, Tone.STRONG), Piece(clean(item.evidence))), style.tone)
    if item.remedy:
        yield fact("", _EXPLANATIONS.get(item.check, ""), tone=Tone.MUTED)
        yield from _remedy_facts(item.remedy, item.command)


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
