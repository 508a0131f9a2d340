"""The documents that scripts read, schema 1: pure functions from a snapshot to JSON.

The names in them are a public contract. Within schema 1 fields may be added, never renamed; absent is `null`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from claw_tui.cli.errors import CommandError
from gateway_core.snapshot import SCHEMA_VERSION, Conflict, Grade, Instance, Problem, Snapshot, State

if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport
    from gateway_core.events.model import Event
    from gateway_core.logs.model import LogLine
    from gateway_core.onboarding.choices import ChoiceProblem
    from gateway_core.onboarding.plan import OnboardingResult, Plan
    from gateway_core.onboarding.undo import UndoPlan, UndoResult
    from gateway_core.operations import OperationResult
    from gateway_core.ports.free_blocks import FreeBlock

Document = dict[str, object]


def instances_document(snapshot: Snapshot, listed: Sequence[Instance] | None = None) -> Document:
    """The document of `ls --json`: all instances, or the listed ones in their order, with the conflicts they are in."""
    shown = snapshot.instances if listed is None else listed
    meant = {name for instance in shown for name in instance.conflicts}
    all_shown = len(shown) == len(snapshot.instances)
    conflicts = [conflict for conflict in snapshot.conflicts if all_shown or conflict.id in meant]
    return _picture(snapshot, instances=_plain(shown), conflicts=_plain(conflicts)) | {
        "support_dirs": _plain(snapshot.support_dirs),
        "elsewhere": _plain(snapshot.elsewhere),
    }


def instance_document(snapshot: Snapshot, instance: Instance) -> Document:
    """The document of `show ID --json`: as of `ls`, with one instance, its conflicts, and whoever holds its ports."""
    return _picture(
        snapshot,
        instance=instance.model_dump(),
        conflicts=_plain([conflict for conflict in snapshot.conflicts if conflict.id in instance.conflicts]),
    )


def ports_document(snapshot: Snapshot) -> Document:
    """The document of `ports --json`."""
    return _picture(
        snapshot,
        claims=[
            {"instance": instance.id, **claim.model_dump()}
            for instance in snapshot.instances
            for claim in instance.claims
        ],
        listeners=_plain(snapshot.listeners),
        listeners_unseen=snapshot.listeners_unseen,
        conflicts=_plain(snapshot.conflicts),
    )


def check_document(snapshot: Snapshot, at_least: Grade, conflicts: Sequence[Conflict]) -> Document:
    """The document of `check --json`: the conflicts of that grade or worse."""
    return _picture(snapshot, ok=not conflicts, at_least=at_least, conflicts=_plain(conflicts))


def audit_document(snapshot: Snapshot, report: AuditReport) -> Document:
    """The document of `audit --json`: every check, and what config, service and gateway contradict."""
    return _picture(snapshot, items=_plain(report.items), drift=_plain(report.drift))


def free_port_document(block: FreeBlock) -> Document:
    return _document(base_port=block.base, block={"start": block.base, "end": block.end})


def results_document(results: Sequence[OperationResult]) -> Document:
    """The document of `start`, `stop` and `restart --json`: one result per id, in their order."""
    return _document(results=_plain(results))


def waited_document(until: State, results: Sequence[Document]) -> Document:
    """The document of `wait --json`: one result per id, in their order."""
    return _document(until=until, ok=all(result["ok"] for result in results), results=results)


def onboarding_document(result: OnboardingResult) -> Document:
    """The document of `new --json`."""
    return _document(**result.model_dump())


def plan_document(plan: Plan) -> Document:
    """The document of `new --dry-run --json`: as of `new`, with nothing created."""
    return _document(instance=plan.instance, ok=True, plan=plan.model_dump(), created=[], error=None)


def refused_document(problems: Sequence[ChoiceProblem]) -> Document:
    """The document of `new --json` when the choices will not do: as of `new`, with all that is wrong with them."""
    first = problems[0]
    error = {"code": first.code, "message": first.message, "hint": first.hint}
    return _document(instance=None, ok=False, plan=None, created=[], error=error, problems=_plain(problems))


def undo_document(undone: UndoPlan | UndoResult) -> Document:
    """The document of `new --undo --json`: what was taken back, or with `--dry-run` what would be."""
    return _document(**undone.model_dump())


def events_document(events: Sequence[Event]) -> Document:
    """The document of `events --json`, the newest event last."""
    return _document(events=_plain(events))


def event_document(event: Event) -> Document:
    """The document of each event of `events -f --json`."""
    return _document(**event.model_dump(mode="json"))


def logs_document(lines: Sequence[LogLine], problems: Sequence[Problem]) -> Document:
    """The document of `logs --json`."""
    return _document(lines=[_log_line(line) for line in lines], problems=_plain(problems))


def log_line_document(line: LogLine) -> Document:
    """The document of each line of `logs -f --json`."""
    return _document(**_log_line(line))


def error_document(error: CommandError) -> Document:
    """The document of any command that cannot do its job."""
    return _document(error={"code": error.code, "message": error.message, "hint": error.hint})


def render(document: Document, *, one_line: bool = False) -> str:
    """Return the document as text: ASCII only, so that neither a terminal nor a locale can spoil it."""
    if one_line:
        return json.dumps(document, default=_encode, allow_nan=False, separators=(",", ":"))
    return json.dumps(document, default=_encode, allow_nan=False, indent=2)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: `2026-11-20T10:00:00.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _picture(snapshot: Snapshot, **parts: object) -> Document:
    """A document about a host: when it was seen, and what could not be seen."""
    problems = _plain(snapshot.problems)
    return _document(taken_at=snapshot.taken_at, host=snapshot.host, **parts, problems=problems)


def _document(**parts: object) -> Document:
    return {"schema": SCHEMA_VERSION, **parts}


def _log_line(line: LogLine) -> Document:
    return {
        "at": line.at,
        "level": line.level.name.lower() if line.level is not None else None,
        "instance": line.instance,
        "certain": line.certain,
        "subsystem": line.subsystem,
        "message": line.message,
        "cut": line.cut,
        "source": line.source,
        "offset": line.offset,
    }


def _plain(models: Sequence[BaseModel]) -> list[dict[str, object]]:
    return [model.model_dump() for model in models]


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
