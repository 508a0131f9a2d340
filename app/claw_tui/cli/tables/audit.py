"""The text of `audit`: a line of summary, then by instance what is not as it should be."""

from __future__ import annotations

from collections.abc import Sequence

from claw_tui.audit.text import Verdict, is_calm, sections, summary, verdicts
from claw_tui.cli.tables.layout import Column, TableStyle, fact_lines, problem_lines, section, table
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.values import ABSENT, clean, count
from gateway_core.audit.model import AuditReport
from gateway_core.snapshot import Problem

_RESULT_WIDTH = 9
_COLUMNS: tuple[Column[Verdict], ...] = (
    Column("Result", lambda verdict: Cell(verdict.style.text, verdict.style.tone)),
    Column("Instance", lambda verdict: Cell(clean(verdict.instance), Tone.STRONG)),
    Column("Passed", lambda verdict: Cell(str(verdict.passed), Tone.MUTED), right=True),
    Column("To look after", lambda verdict: Cell(clean(verdict.wanting) or ABSENT)),
)


def audit_text(
    report: AuditReport, instances: Sequence[str], problems: Sequence[Problem], style: TableStyle, *, every: bool
) -> list[str]:
    head = f"{count(len(instances), 'instance')}: {summary(report)}"
    if any(problem.unseen for problem in problems):
        first = f"{head}. Not everything could be seen, so more may be wrong."
    else:
        first = f"{head}. Nothing to do." if is_calm(report) else head
    found = fact_lines(sections(report, instances, every=every), style, _RESULT_WIDTH)
    return [
        first,
        *_overview(report, instances, style),
        *(["", *found] if found else []),
        *section("Problems", problem_lines(problems, style.indented), style),
    ]


def _overview(report: AuditReport, instances: Sequence[str], style: TableStyle) -> list[str]:
    """A line per instance, where there are several, and not all is well."""
    if len(instances) < 2 or is_calm(report) or style.plain:
        return []
    return ["", *table(_COLUMNS, verdicts(report, instances), style)]
