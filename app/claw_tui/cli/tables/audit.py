"""The text of `audit`: a line of summary, then by instance what is not as it should be."""

from __future__ import annotations

from collections.abc import Sequence

from claw_tui.audit.text import is_calm, sections, summary
from claw_tui.cli.tables.layout import TableStyle, fact_lines, problem_lines, section
from claw_tui.text.values import count
from gateway_core.audit.model import AuditReport
from gateway_core.snapshot import Problem

_RESULT_WIDTH = 9


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
        *(["", *found] if found else []),
        *section("Problems", problem_lines(problems, style.indented), style),
    ]
