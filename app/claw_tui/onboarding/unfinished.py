"""Onboardings that were not finished, in words: what came of them so far, what an undo takes away, and where to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from claw_tui.text.cells import Tone
from claw_tui.text.sections import (
    Fact,
    Piece,
    Section,
    fact,
)
from claw_tui.text.sheets import Confirmation
from claw_tui.text.values import clean, clock_time, count

if TYPE_CHECKING:
    from gateway_core.onboarding.undo import UndoResult
    from gateway_core.onboarding.undo_plan import UndoPlan
    from gateway_core.onboarding.unfinished import UnfinishedRun
    from gateway_core.operations import Failure
    from gateway_core.snapshot import Snapshot

RUNS_ELSEWHERE = "is being onboarded by another claw-tui"
"""Instead of a reason."""


def run_of(runs: Iterable[UnfinishedRun], instance_id: str) -> UnfinishedRun | None:
    """The run that made that instance, or was to."""
    return next((run for run in runs if run.instance == instance_id), None)


def meant(runs: Iterable[UnfinishedRun], instance_id: str | None, snapshot: Snapshot | None) -> Sequence[UnfinishedRun]:
    """Which run an action may be about: that of the row under the cursor, else each that left nothing, and so no row.

    One that is under way is not meant.
    """
    idle = [run for run in runs if not run.under_way]
    rows = {instance.id for instance in snapshot.instances} if snapshot else set()
    own = run_of(idle, instance_id or "")
    return [own] if own else [run for run in idle if run.instance not in rows]


def said(runs: Iterable[UnfinishedRun], instance_id: str) -> str:
    """In a row, instead of the reason for its state; empty where nothing is unfinished."""
    run = run_of(runs, instance_id)
    if run is None:
        return ""
    return RUNS_ELSEWHERE if run.under_way else "its onboarding was not finished: resume or undo it"


def came_to(run: UnfinishedRun) -> str:
    """How far it got."""
    return f"came as far as: {run.step}" if run.step else "did nothing yet"


def section(run: UnfinishedRun | None, resume_key: str, undo_key: str) -> tuple[Section, ...]:
    """For the details of its instance. A key is empty where nothing may be done."""
    return (Section("Unfinished onboarding", tuple(_facts(run, resume_key, undo_key))),) if run else ()


def _facts(run: UnfinishedRun, resume_key: str, undo_key: str) -> Iterator[Fact]:
    yield fact("began", clock_time(run.began_at), came_to(run))
    if run.under_way:
        yield fact("now", RUNS_ELSEWHERE)
        return
    reason = clean(run.failure.message) if run.failure else "its claw-tui was ended in the middle of it"
    yield fact("why", reason, tone=Tone.BAD)
    if resume_key:
        yield Fact(resume_key, (Piece("resume: go on with it", call="resume"),), Tone.NOTICE)
        yield Fact(
            undo_key, (Piece("undo: lists what it created, asks, moves it to the trash", call="undo"),), Tone.NOTICE
        )


def before_undo(plan: UndoPlan) -> Confirmation:
    """Before anything is taken away: exactly what, and what stays."""
    name = clean(plan.instance)
    sections = (
        Section("Goes to the trash folder", tuple(_moves(plan))),
        Section("Is done before", tuple(_first(plan))),
        Section("Stays", tuple(fact("", clean(item.path), clean(item.why)) for item in plan.leaves)),
    )
    shown = tuple(part for part in sections if part.facts)
    nothing = (Section("Nothing is there to take back", (fact("", "Only the note of this run is closed."),)),)
    return Confirmation(f"Undo the onboarding of {name}?", shown or nothing, "Undo it", "Leave it", label_width=0)


def _moves(plan: UndoPlan) -> Iterator[Fact]:
    for item in plan.moves:
        yield Fact("", (Piece(clean(item.path), Tone.STRONG), Piece(count(item.files, "file"), Tone.MUTED)))


def _first(plan: UndoPlan) -> Iterator[Fact]:
    if plan.stops:
        yield fact("", f"{clean(plan.instance)} is stopped")
    if plan.removes_service:
        yield fact("", "its service is removed")


def undone_sections(result: UndoResult) -> tuple[Section, ...]:
    """What was taken back and where it is, or what went wrong."""
    moved = (
        *(fact("was", clean(path)) for path in result.moved),
        *((fact("is now in", clean(result.trash), tone=Tone.STRONG),) if result.trash else ()),
    )
    found = (
        Section("Moved; claw-tui never deletes it", moved),
        Section("Left alone", tuple(fact("", clean(item.path), clean(item.why)) for item in result.leaves)),
        *(failure_sections(result.error) if result.error else ()),
    )
    shown = tuple(part for part in found if part.facts)
    return shown or (Section("Nothing of it was there any more", (fact("", "The host is as it was."),)),)


def failure_sections(failure: Failure) -> tuple[Section, ...]:
    """What happened, and what to do."""
    facts = [fact("", clean(failure.message), tone=Tone.BAD)]
    facts += [fact("", clean(failure.hint))] if failure.hint else []
    return (Section("It did not work", tuple(facts)),)
