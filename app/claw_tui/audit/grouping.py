"""What the audit found, grouped: what concerns several gateways alike is one matter, and named once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from gateway_core.audit.model import AuditItem, AuditReport, Result


@dataclass(frozen=True, slots=True)
class Matter:
    """The same result of one check, of all whom it concerns: an item of each, in their order."""

    items: tuple[AuditItem, ...]

    @property
    def first(self) -> AuditItem:
        return self.items[0]

    @property
    def owners(self) -> tuple[str | None, ...]:
        return tuple(item.instance for item in self.items)

    @property
    def evidence(self) -> str:
        """What was found; what several share, in words that hold for each of them."""
        if len(self.items) > 1 and self.first.shared is not None:
            return f"{self.first.shared} is the same for all of them"
        return self.first.evidence


def matters(report: AuditReport, owners: Sequence[str | None], *, every: bool) -> list[Matter]:
    """The matters of these instances, worst first. Without `every`, only what is not as it should be."""
    places = {owner: place for place, owner in enumerate(owners)}
    found: dict[Hashable, list[AuditItem]] = {}
    for item in sorted(
        (item for item in report.items if item.instance in places), key=lambda item: places[item.instance]
    ):
        if every or item.result is not Result.PASS:
            found.setdefault(_key(item), []).append(item)
    made = map(Matter, map(tuple, found.values()))
    return sorted(made, key=lambda matter: list(Result).index(matter.first.result))


def _key(item: AuditItem) -> Hashable:
    """The same for what is one matter."""
    if item.result is Result.PASS or item.instance is None:
        return id(item)
    if item.shared is not None:
        return item.check, item.result, item.shared, frozenset((item.instance, *item.shared_with))
    return item.check, item.result, item.evidence, item.remedy, item.command


def remedies(matter: Matter) -> Iterable[tuple[str, str | None]]:
    """The remedies in words, each once, with the command of each."""
    return dict.fromkeys((item.remedy, item.command) for item in matter.items if item.remedy)
