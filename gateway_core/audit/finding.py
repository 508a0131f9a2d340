"""What a check yields: an item of the report, before it bears the check's name."""

from __future__ import annotations

from dataclasses import dataclass

from gateway_core.audit.model import Result


@dataclass(frozen=True, slots=True)
class Finding:
    """One outcome for one instance, or for the host (`instance` is `None`)."""

    instance: str | None
    result: Result
    evidence: str
    remedy: str | None = None


def passed(instance: str | None, evidence: str) -> Finding:
    """As it should be."""
    return Finding(instance, Result.PASS, evidence)


def warned(instance: str | None, evidence: str, remedy: str) -> Finding:
    """Worth a look."""
    return Finding(instance, Result.WARN, evidence, remedy)


def failed(instance: str | None, evidence: str, remedy: str) -> Finding:
    """Not isolated, or open to others."""
    return Finding(instance, Result.FAIL, evidence, remedy)


def untold(instance: str | None, evidence: str, remedy: str | None = None) -> Finding:
    """Could not be told."""
    return Finding(instance, Result.UNKNOWN, evidence, remedy)
