"""Onboardings in words: plans, what is wrong with choices, steps, results, unfinished runs and their undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claw_tui.operations.text import step_text
from claw_tui.text.cells import Tone
from claw_tui.text.hints import Hint
from claw_tui.text.sections import Fact, Line, Piece, Section, command_fact, fact, lay_out
from claw_tui.text.sheet_contents import Confirmation
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import clean, clock_time, count, port_range
from gateway_core.shell_commands import resume_command, undo_command

if TYPE_CHECKING:
    from gateway_core.onboarding.choices import ChoiceProblem
    from gateway_core.onboarding.journal import UnfinishedRun
    from gateway_core.onboarding.plan import OnboardingResult, Plan, PlannedCommand
    from gateway_core.onboarding.undo import UndoPlan, UndoResult
    from gateway_core.operations import Failure, Step
    from gateway_core.snapshot import Snapshot

RISK_NOTICE = tuple(
    """\
A gateway hands this machine to a language model. Its agents can run commands, read and change files, and act in your \
accounts, with all the rights of the user who starts it.
Whoever can write to a connected channel, and whatever an agent reads, may try to make it do harm (prompt injection). \
No setting prevents that altogether.
The vendors advise: keep it on loopback behind its token, allow only people whom you trust, give it no more tools and \
keys than it needs, use a sandbox, and keep secrets out of its reach.""".splitlines()
)
"""The content of the vendors' own notices, which `--accept-risk` states to have been read."""

NOTHING_LEFT = "Nothing of it is left on the disk."
LABEL_WIDTH = 12  # the length of the longest name of a choice
NOTHING_CREATED = "Nothing has been created."
RUNS_ELSEWHERE = "is being onboarded by another claw-tui"  # what a row says instead of the reason for its state
_STEP_LABELS = {"install-service": "service"}
_NARROWEST = 30
_CANCELLED = "stopped"  # the code of a run that its user has stopped


@dataclass(frozen=True, slots=True)
class UnfinishedNote:
    """What a row says of an onboarding that was not finished."""

    short: str  # in the place of the state: `cancelled`
    sentence: str  # in the place of the reason for it


def plan_sections(plan: Plan) -> tuple[Section, ...]:
    found = (
        Section(clean(plan.instance), tuple(_gateway(plan))),
        Section("Changes what is there", _sentences(plan.changes, Tone.WARNING)),
        Section("Runs", tuple(_commands(plan.commands))),
        Section("Creates", tuple(_paths(plan))),
        Section("Mind", _sentences(plan.warnings, Tone.WARNING)),
        Section("Afterwards", _sentences(plan.reminders)),
    )
    return tuple(unfinished_section for unfinished_section in found if unfinished_section.facts)


def problem_fact(problem: ChoiceProblem) -> Fact:
    """Return what is wrong with a choice, under the name of its field."""
    hint = (Piece(clean(problem.hint), Tone.NORMAL),) if problem.hint else ()
    return Fact(problem.field.value, (Piece(f"■ {clean(problem.message)}", Tone.BAD), *hint))


def problem_sections(problems: Iterable[ChoiceProblem]) -> tuple[Section, ...]:
    """Return what is shown instead of a plan, as long as there is none: what is still in its way."""
    facts = tuple(map(problem_fact, problems))
    return (Section("Not yet possible", facts),) if facts else ()


def problem_lines(problem: ChoiceProblem | None, columns: int) -> list[Line]:
    """Return what is wrong with an answer, for the place right below it, with the value that is a key away."""
    if problem is None:
        return []
    pieces = [Piece(f"■ {clean(problem.message)}", Tone.BAD)]
    if problem.hint:
        pieces.append(Piece(clean(problem.hint)))
    facts = [Fact("", tuple(pieces))]
    if problem.suggestion is not None:
        facts.append(Fact("", (Piece("↓", Tone.NOTICE), Piece(f"takes {clean(problem.suggestion)}", Tone.STRONG))))
    return _untitled(facts, columns)


def failure_lines(message: str, hint: str, columns: int) -> list[Line]:
    facts = (fact("", f"■ {message}", tone=Tone.BAD), fact("", hint))
    return _untitled(facts, columns)


def note_lines(text: str, columns: int) -> list[Line]:
    return _untitled((fact("", text, tone=Tone.NOTICE),), columns)


def step_lines(steps: Iterable[Step], current: str | None) -> list[Line]:
    """Return the steps of a run: those that are over with what came of them, then the one that is under way."""
    lines: list[Line] = []
    for step in steps:
        sign = Piece("● " if step.ok else "■ ", Tone.GOOD if step.ok else Tone.BAD)
        lines.append((sign, Piece(f"{step.name}: "), Piece(step_text(step), Tone.MUTED)))
    if current is not None:
        lines.append((Piece(f"◌ {current} …", Tone.NOTICE),))
    return lines


def result_sections(result: OnboardingResult, terminal_command: str, hint: Hint) -> tuple[Section, ...]:
    """Return how a run ended: what is there now and what to do next, or what went wrong and how to go on.

    `hint` puts keys in the place of commands.
    """
    name = clean(result.instance)
    if result.error is not None:
        error = result.error
        unfinished_text = tuple(fact("", clean(line), tone=Tone.MUTED) for line in error.last_lines)
        found = (
            Section(f"{name} is not finished", _sentences((error.message, hint(error.hint or "")), Tone.BAD)),
            Section("It said last", unfinished_text),
            Section("How to go on", tuple(_how_to_go_on(result, hint))),
        )
        return tuple(unfinished_section for unfinished_section in found if unfinished_section.facts)
    look = STATE_STYLES[result.state]
    there = (
        Fact("is", (Piece(look.text, look.tone), Piece(f"base port {result.plan.base_port}"))),
        fact("config", clean(result.plan.config_path)),
        fact("workspace", clean(result.plan.workspace)),
    )
    others = (fact("", clean(reminder)) for reminder in result.plan.reminders)
    to_do = Section("What to do next", (*_by_terminal(terminal_command), *others))
    return Section(f"{name} is there", (*there, *_control_ui(result))), to_do


def _by_terminal(command: str) -> Iterator[Fact]:
    """The key that hands the terminal to the product's own command, and that command; nothing if none is known."""
    if command:
        yield fact("press l", "provider and channels", tone=Tone.STRONG)
        yield command_fact("", f"$ {clean(command)}")


def _control_ui(result: OnboardingResult) -> Iterator[Fact]:
    if result.control_url is not None:
        note = "press o; it asks for the token in its config" if result.plan.auth == "token" else "press o"
        yield fact("control UI", clean(result.control_url), note, Tone.STRONG)


def _how_to_go_on(result: OnboardingResult, hint: Hint) -> Iterator[Fact]:
    if result.journal is None:
        yield fact("", NOTHING_LEFT)
        return
    yield command_fact("go on with it", hint(str(resume_command(result.instance))))
    yield command_fact("take it back", hint(str(undo_command(result.instance))))


def next_commands(result: OnboardingResult) -> tuple[str, ...]:
    if result.journal is None:
        return (NOTHING_LEFT,)
    return (
        f"Go on with it: {resume_command(result.instance)}",
        f"Take it back: {undo_command(result.instance)}",
    )


def _gateway(plan: Plan) -> Iterator[Fact]:
    yield fact("product", f"{clean(plan.distribution)} {clean(plan.version)}", clean(plan.command))
    yield fact("ports", port_range(plan.block.start, plan.block.end), f"base {plan.base_port}")
    yield fact("reached by", clean(plan.bind), f"auth: {clean(plan.auth)}")
    yield fact("token", clean(plan.token_note))
    yield fact("service", "is installed" if plan.service else "none")
    later = "stays stopped for now; its service starts it with your session" if plan.service else "stays stopped"
    yield fact("start", "is started, and watched until it answers" if plan.start else later)


def _commands(commands: Iterable[PlannedCommand]) -> Iterator[Fact]:
    for command in commands:
        yield command_fact(_STEP_LABELS.get(command.step, command.step), f"$ {clean(command.shown)}", tone=Tone.STRONG)
        if command.environment:
            yield fact("", f"with {', '.join(map(clean, command.environment))} in its environment", tone=Tone.MUTED)


def _paths(plan: Plan) -> Iterator[Fact]:
    for path in plan.creates:
        there = "there already" if path.exists else ""
        yield Fact("", (Piece(clean(path.path)), Piece(path.purpose, Tone.MUTED), Piece(there, Tone.NOTICE)))


def _untitled(facts: Iterable[Fact], columns: int) -> list[Line]:
    return lay_out([Section("", tuple(facts))], max(_NARROWEST, columns), label_width=0)[1:]


def _sentences(sentences: Iterable[str], tone: Tone = Tone.NORMAL) -> tuple[Fact, ...]:
    return tuple(fact("", clean(sentence), tone=tone) for sentence in sentences if sentence)


def unfinished_run(runs: Iterable[UnfinishedRun], instance_id: str) -> UnfinishedRun | None:
    """Return the run that made that instance, or was to."""
    return next((run for run in runs if run.instance == instance_id), None)


def runs_meant(
    runs: Iterable[UnfinishedRun], instance_id: str | None, snapshot: Snapshot | None
) -> Sequence[UnfinishedRun]:
    """Return the runs that an action may be about: that of the row under the cursor, else each that has no row.

    One that is under way is not meant.
    """
    idle = [run for run in runs if not run.under_way]
    if not idle:
        return ()
    rows = {instance.id for instance in snapshot.instances} if snapshot else set()
    own = unfinished_run(idle, instance_id or "")
    return [own] if own else [run for run in idle if run.instance not in rows]


def unfinished_note(
    runs: Iterable[UnfinishedRun], instance_id: str, keys: tuple[str, str] | None
) -> UnfinishedNote | None:
    """Return what a row says of an onboarding that was not finished; `None` where there is none.

    `keys` resume and undo it; `None` where neither may be done.
    """
    run = unfinished_run(runs, instance_id)
    if run is None:
        return None
    if run.under_way:
        return UnfinishedNote("onboarding", RUNS_ELSEWHERE)
    ended = _how_it_ended(run)
    return UnfinishedNote(ended, f"{ended}: {keys[0]} resumes, {keys[1]} undoes" if keys else f"onboarding was {ended}")


def _how_it_ended(run: UnfinishedRun) -> str:
    if run.failure is None:
        return "interrupted"
    return "cancelled" if run.failure.code == _CANCELLED else "not finished"


def how_far(run: UnfinishedRun) -> str:
    return f"came as far as: {run.step}" if run.step else "did nothing yet"


def unfinished_section(run: UnfinishedRun | None, resume_key: str, undo_key: str) -> tuple[Section, ...]:
    """Return the section for the details of its instance. A key is empty where nothing may be done."""
    return (Section("Unfinished onboarding", tuple(_unfinished_facts(run, resume_key, undo_key))),) if run else ()


def _unfinished_facts(run: UnfinishedRun, resume_key: str, undo_key: str) -> Iterator[Fact]:
    yield fact("began", clock_time(run.began_at), how_far(run))
    if run.under_way:
        yield fact("now", RUNS_ELSEWHERE)
        return
    ways = f": {resume_key} resumes, {undo_key} undoes" if resume_key else ""
    yield fact("now", f"onboarding was {_how_it_ended(run)}{ways}", tone=Tone.WARNING)
    reason = clean(run.failure.message) if run.failure else "its claw-tui was ended in the middle of it"
    yield fact("why", reason, tone=Tone.BAD)
    if resume_key:
        yield Fact(resume_key, (Piece("resume: go on with it", call="screen.resume"),), Tone.NOTICE)
        undo = Piece("undo: lists what it created, asks, moves it to the trash", call="screen.undo")
        yield Fact(undo_key, (undo,), Tone.NOTICE)


def before_undo(plan: UndoPlan) -> Confirmation:
    name = clean(plan.instance)
    sections = (
        Section("Goes to the trash folder", tuple(_undo_moves(plan))),
        Section("Is done before", tuple(_before_undo_moves(plan))),
        Section("Stays", tuple(fact("", clean(item.path), clean(item.why)) for item in plan.leaves)),
    )
    shown = tuple(part for part in sections if part.facts)
    nothing = (Section("Nothing is there to take back", (fact("", "Only the note of this run is closed."),)),)
    heading = f"Undo the onboarding of {name}?"
    return Confirmation(heading, shown or nothing, "Undo it", "Leave it", label_width=0, action="undo")


def _undo_moves(plan: UndoPlan) -> Iterator[Fact]:
    for item in plan.moves:
        yield Fact("", (Piece(clean(item.path), Tone.STRONG), Piece(count(item.files, "file"), Tone.MUTED)))


def _before_undo_moves(plan: UndoPlan) -> Iterator[Fact]:
    if plan.stops:
        yield fact("", f"{clean(plan.instance)} is stopped")
    if plan.removes_service:
        yield fact("", "its service is removed")


def undone_sections(result: UndoResult) -> tuple[Section, ...]:
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
    facts = [fact("", clean(failure.message), tone=Tone.BAD)]
    facts += [fact("", clean(failure.hint))] if failure.hint else []
    return (Section("It did not work", tuple(facts)),)
