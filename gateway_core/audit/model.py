"""The report of an audit, in the words of its JSON document (schema 1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway_core.shell_commands import ShellCommand
from gateway_core.snapshot import Model
from gateway_core.timestamps import Timestamp


class Result(StrEnum):
    """The outcome of one check; declared from what needs a person first to what is fine."""

    FAIL = "fail"
    """not isolated, or open to others: two gateways will disturb each other, or somebody can read a secret"""
    WARN = "warn"  # works today, and is worth a look
    UNKNOWN = "unknown"  # could not be told, and why; never counted as fine
    PASS = "pass"  # noqa: S105 - a word of the contract


class AuditItem(Model):
    """A check of one instance, or of the host."""

    instance: str | None  # `None`: what was found belongs to no instance
    check: str
    result: Result
    evidence: str  # with paths. Never a secret
    remedy: str | None = None
    command: str | None = None  # that of the remedy, to be pasted as it is
    shared: str | None = None  # what several instances have together, in words that hold for each of them
    shared_with: tuple[str, ...] = ()  # the ids of the others


class Drift(Model):
    """A value that config, service and running gateway state differently; `None` for each that does not say."""

    instance: str
    what: str
    configured: int | str | None  # as the files say, and as a start from a shell would use it
    service: int | str | None
    live: int | str | None
    remedy: str
    command: str | None = None  # that of the remedy, to be pasted as it is


class AuditReport(Model):
    """The audit of one host at one moment, worst first."""

    items: tuple[AuditItem, ...] = ()
    drift: tuple[Drift, ...] = ()
    at: Timestamp | None = None  # of the moment that it speaks of

    def about(self, instance_ids: frozenset[str]) -> AuditReport:
        return AuditReport(
            at=self.at,
            items=tuple(item for item in self.items if item.instance in instance_ids),
            drift=tuple(item for item in self.drift if item.instance in instance_ids),
        )

    def worst(self, instance_id: str | None) -> Result:
        """The worst result of an instance; with `None`, of what belongs to none."""
        found = (item.result for item in self.items if item.instance == instance_id)
        return min(found, key=list(Result).index, default=Result.PASS)


@dataclass(frozen=True, slots=True)
class WordedRemedy:
    """A remedy in words, and the command in it: on its own, since words pasted with it would be run as well."""

    text: str
    command: str | None = None  # only what can be pasted


AnyRemedy = str | ShellCommand | WordedRemedy
"""Words alone, a command alone, or words with a command in them."""


def worded(remedy: AnyRemedy) -> WordedRemedy:
    """The remedy in words, however it was given."""
    if isinstance(remedy, WordedRemedy):
        return remedy
    return WordedRemedy(remedy) if isinstance(remedy, str) else worded_command(remedy)


def worded_command(command: ShellCommand, *, before: str = "", after: str = "") -> WordedRemedy:
    """A command between words."""
    return WordedRemedy(f"{before}{command}{after}", command.text)


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that several instances have together."""

    what: str  # in words that hold for each of them
    others: tuple[str, ...]  # the ids of those that the finding is not about


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check for one instance, or for the host (`instance` is `None`)."""

    instance: str | None
    result: Result
    evidence: str
    remedy: WordedRemedy | None = None
    shared: Shared | None = None


def passed(instance: str | None, evidence: str) -> Finding:
    return Finding(instance, Result.PASS, evidence)


def warned(instance: str | None, evidence: str, remedy: AnyRemedy, shared: Shared | None = None) -> Finding:
    return Finding(instance, Result.WARN, evidence, worded(remedy), shared)


def failed(instance: str | None, evidence: str, remedy: AnyRemedy, shared: Shared | None = None) -> Finding:
    return Finding(instance, Result.FAIL, evidence, worded(remedy), shared)


def unknown(instance: str | None, evidence: str, remedy: AnyRemedy | None = None) -> Finding:
    return Finding(instance, Result.UNKNOWN, evidence, worded(remedy) if remedy is not None else None)
