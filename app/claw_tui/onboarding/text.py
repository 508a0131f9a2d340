"""Plans of new gateways in words: what would be run and created, on which ports, and what to do afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claw_tui.operations.text import step_text
from claw_tui.text.cells import Tone
from claw_tui.text.sections import (
    Fact,
    Line,
    Piece,
    Section,
    fact,
    lay_out,
)
from claw_tui.text.states import state_look
from claw_tui.text.values import clean, port_range
from gateway_core.onboarding.choices import ChoiceProblem
from gateway_core.onboarding.plan import OnboardingResult, Plan, PlannedCommand
from gateway_core.operations import Step

RISK_NOTICE = tuple(
    """\
A gateway hands this machine to a language model. Its agents can run commands, read and change files, and act in your \
accounts, with all the rights of the user who starts it.
Whoever can write to a connected channel, and whatever an agent reads, may try to make it do harm (prompt injection). \
No setting prevents that altogether.
The vendors advise: keep it on loopback behind its token, allow only people whom you trust, give it no more tools and \
keys than it needs, use a sandbox, and keep secrets out of its reach.""".splitlines()
)
"""What the vendors' own notices say, which `--accept-risk` states to have been read."""

LABEL_WIDTH = 12
"""As long as the longest name of a choice."""
_STEP_LABELS = {"install-service": "service"}
_NARROWEST = 30


def plan_sections(plan: Plan) -> tuple[Section, ...]:
    """All of a plan."""
    found = (
        Section(clean(plan.instance), tuple(_gateway(plan))),
        Section("Changes what is there", _sentences(plan.changes, Tone.WARNING)),
        Section("Runs", tuple(_commands(plan.commands))),
        Section("Creates", tuple(_paths(plan))),
        Section("Mind", _sentences(plan.warnings, Tone.WARNING)),
        Section("Afterwards", _sentences(plan.reminders)),
    )
    return tuple(section for section in found if section.facts)


def problem_fact(problem: ChoiceProblem) -> Fact:
    """What is wrong with a choice, under the name of its field."""
    hint = (Piece(clean(problem.hint), Tone.NORMAL),) if problem.hint else ()
    return Fact(problem.field.value, (Piece(f"■ {clean(problem.message)}", Tone.BAD), *hint))


def open_sections(problems: Iterable[ChoiceProblem]) -> tuple[Section, ...]:
    """Instead of a plan, as long as there is none: what is still in its way."""
    facts = tuple(map(problem_fact, problems))
    return (Section("Not yet possible", facts),) if facts else ()


def trouble_lines(problem: ChoiceProblem | None, columns: int) -> list[Line]:
    """What is wrong with an answer, for the place right below it; and the value that is a key away."""
    if problem is None:
        return []
    pieces = [Piece(f"■ {clean(problem.message)}", Tone.BAD)]
    if problem.hint:
        pieces.append(Piece(clean(problem.hint)))
    facts = [Fact("", tuple(pieces))]
    if problem.suggestion is not None:
        facts.append(Fact("", (Piece("↓", Tone.NOTICE), Piece(f"takes {clean(problem.suggestion)}", Tone.STRONG))))
    return _untitled(facts, columns)


def failure_lines(message: str, advice: str, columns: int) -> list[Line]:
    """What went wrong in place of an answer, and what to do."""
    facts = (fact("", f"■ {message}", tone=Tone.BAD), fact("", advice))
    return _untitled(facts, columns)


def note_lines(text: str, columns: int) -> list[Line]:
    """Something to know about an answer that is not wrong."""
    return _untitled((fact("", text, tone=Tone.NOTICE),), columns)


def step_lines(steps: Iterable[Step], current: str | None) -> list[Line]:
    """The steps of a run: those that are over with what came of them, then the one that is under way."""
    lines: list[Line] = []
    for step in steps:
        sign = Piece("● " if step.ok else "■ ", Tone.GOOD if step.ok else Tone.BAD)
        lines.append((sign, Piece(f"{step.name}: "), Piece(step_text(step), Tone.MUTED)))
    if current is not None:
        lines.append((Piece(f"◌ {current} …", Tone.NOTICE),))
    return lines


def result_sections(result: OnboardingResult, terminal_command: str) -> tuple[Section, ...]:
    """How a run ended: what is there now and what to do next, or what went wrong and how to go on."""
    name = clean(result.instance)
    if result.error is not None:
        error = result.error
        said = tuple(fact("", clean(line), tone=Tone.MUTED) for line in error.last_lines)
        found = (
            Section(f"{name} is not finished", _sentences((error.message, error.hint or ""), Tone.BAD)),
            Section("It said last", said),
            Section("How to go on", _sentences(ways_on(result))),
        )
        return tuple(section for section in found if section.facts)
    look = state_look(result.state)
    there = (
        Fact("is", (Piece(look.text, look.tone), Piece(f"base port {result.plan.base_port}"))),
        fact("config", clean(result.plan.config_path)),
        fact("workspace", clean(result.plan.workspace)),
    )
    provider = fact("login", f"$ {clean(terminal_command)}", "provider and channels; press l", Tone.STRONG)
    others = (fact("", clean(reminder)) for reminder in result.plan.reminders)
    return Section(f"{name} is there", there), Section("What to do next", (provider, *others))


def ways_on(result: OnboardingResult) -> tuple[str, ...]:
    """After a failure: the commands that finish the run or take it back."""
    if result.journal is None:
        return ("Nothing of it is left on the disk.",)
    return (
        f"Go on with it: claw-tui new --resume {result.instance}",
        f"Take it back: claw-tui new --undo {result.instance}",
    )


def _gateway(plan: Plan) -> Iterator[Fact]:
    yield fact("product", f"{clean(plan.distribution)} {clean(plan.version)}", clean(plan.command))
    yield fact("ports", port_range(plan.block.start, plan.block.end), f"base {plan.base_port}")
    yield fact("reached by", clean(plan.bind), f"auth: {clean(plan.auth)}")
    yield fact("token", clean(plan.token_note))
    yield fact("service", "is installed" if plan.service else "none")
    later = "stays stopped for now; its service starts it with your session" if plan.service else "stays stopped"
    yield fact("start", "is started and proven live" if plan.start else later)


def _commands(commands: Iterable[PlannedCommand]) -> Iterator[Fact]:
    for command in commands:
        yield fact(_STEP_LABELS.get(command.step, command.step), f"$ {clean(command.shown)}", tone=Tone.STRONG)
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
