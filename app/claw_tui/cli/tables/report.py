"""The text of `report`: the whole picture in Markdown, to be pasted into an issue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claw_tui.cli.tables.audit import audit_text
from claw_tui.cli.tables.instances import instances_text
from claw_tui.cli.tables.layout import TableStyle, painted_lines
from claw_tui.cli.tables.ports import ports_text
from claw_tui.logs.lines import Lanes, row
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport
    from gateway_core.distributions.model import Distribution
    from gateway_core.logs.model import LogLine
    from gateway_core.snapshot import Snapshot


_PLAIN = TableStyle()
_FENCE = "````"  # longer than any fence that a log line is likely to hold


@dataclass(frozen=True, slots=True)
class LastErrors:
    """The newest errors in the log of an instance."""

    lines: Sequence[LogLine]
    unread: Sequence[str] = ()  # the parts that could not be read, and why: there, other errors may be


def report_text(
    snapshot: Snapshot,
    distributions: Iterable[Distribution],
    audit: AuditReport,
    errors: Mapping[str, LastErrors],
    program: str,
) -> str:
    """Instances, ports and conflicts, audit and drift, and each instance's last errors; `program` tells the version."""
    taken_at = snapshot.taken_at.isoformat(timespec="seconds")
    names = [instance.id for instance in snapshot.instances]
    parts = [
        f"# Gateways on {clean(snapshot.host)}",
        f"By {program}, {taken_at}. Secrets are hidden; read it before you publish it all the same.",
        *_block("Instances", instances_text(snapshot, distributions, _PLAIN)),
        *_block("Ports and conflicts", ports_text(snapshot, _PLAIN)),
        *_block("Audit and drift", audit_text(audit, names, (), _PLAIN, every=False)),
        *_block("Last errors in the logs", _error_lines(errors)),
    ]
    return "\n\n".join(parts) + "\n"


def with_short_home(text: str, home: Path) -> str:
    """The text with `~` for the user's home, where that begins a word and no quote stands before it on the line.

    Elsewhere `~` would be another path: within quotes and options, shells take it for itself.
    """
    if home == Path("/"):
        return text
    first, *rest = text.split(f"{home}/")
    parts, line = [first], first.rpartition("\n")[2]
    for part in rest:
        begins_word = not line or line[-1] in " ("
        parts += ("~/" if begins_word and "'" not in line and '"' not in line else f"{home}/", part)
        line = part.rpartition("\n")[2] if "\n" in part else f"{line}{home}/{part}"
    return "".join(parts)


def _block(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"## {title}"
    body = "\n".join(line.rstrip() for line in lines).strip("\n") or "None."
    yield f"{_FENCE}text\n{body.replace(_FENCE, '``')}\n{_FENCE}"


def _error_lines(errors: Mapping[str, LastErrors]) -> Iterator[str]:
    lanes = Lanes.of(tuple(errors), shared=True)
    for found in errors.values():
        yield from painted_lines((row(line, lanes) for line in found.lines), _PLAIN)
    for name, found in errors.items():
        yield from (f"! {clean(name)}: {clean(reason)}" for reason in found.unread)
