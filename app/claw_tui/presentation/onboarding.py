"""Plans of new gateways in words: what would be run and created, on which ports, and what to do afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claw_tui.presentation.cells import Tone
from claw_tui.presentation.sections import Fact, Piece, Section, fact
from claw_tui.presentation.values import clean, port_range
from gateway_core.onboarding.choices import ChoiceProblem
from gateway_core.onboarding.plan import Plan, PlannedCommand

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

LABEL_WIDTH = 10


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


def _gateway(plan: Plan) -> Iterator[Fact]:
    yield fact("product", f"{clean(plan.distribution)} {clean(plan.version)}", clean(plan.command))
    yield fact("ports", port_range(plan.block.start, plan.block.end), f"base {plan.base_port}")
    yield fact("reached by", clean(plan.bind), f"auth: {clean(plan.auth)}")
    yield fact("token", clean(plan.token_note))
    yield fact("service", "is installed" if plan.service else "none")
    yield fact("start", "is started and proven live" if plan.start else "stays stopped")


def _commands(commands: Iterable[PlannedCommand]) -> Iterator[Fact]:
    for command in commands:
        yield fact(command.step, f"$ {clean(command.shown)}", tone=Tone.STRONG)
        if command.environment:
            yield fact("", f"with {', '.join(map(clean, command.environment))} in its environment", tone=Tone.MUTED)


def _paths(plan: Plan) -> Iterator[Fact]:
    for path in plan.creates:
        there = "there already" if path.exists else ""
        yield Fact("", (Piece(clean(path.path)), Piece(path.purpose, Tone.MUTED), Piece(there, Tone.NOTICE)))


def _sentences(sentences: Iterable[str], tone: Tone = Tone.NORMAL) -> tuple[Fact, ...]:
    return tuple(fact("", clean(sentence), tone=tone) for sentence in sentences)
