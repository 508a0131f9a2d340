"""The questions of the wizard: one per step, what can be answered, and what an answer changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from claw_tui.hosts.onboarding import FoundDistribution
from claw_tui.onboarding.text import RISK_NOTICE
from claw_tui.text.values import clean, pad, shorten, width
from gateway_core.onboarding.choices import AUTO, ChoiceProblem, Choices, Field, Preset, ProblemCode
from gateway_core.onboarding.commands import InstalledCommand
from gateway_core.onboarding.rules.exposure import BINDS, DEFAULT_AUTH, DEFAULT_BIND, token_problem
from gateway_core.snapshot import Snapshot

COPY = "copy:"
_PATH_WIDTH = 40
_BIND_WIDTH = 10
YES, NO = "yes", "no"
AS_IT_IS = "as-it-is"
BY_PRODUCT, BY_CLAW_TUI = "product", "claw-tui"  # who makes the token
ASKS_NEXT = "Enter asks whether to change it."
DECLINED = "It stops here unless you accept: nothing is created. Esc leaves everything as it is."


class WizardStep(StrEnum):
    """The steps of the wizard, one screenful each, in this order."""

    DISTRIBUTION = "Product"
    PRESET = "Purpose"
    PROFILE = "Profile"
    EXISTING = "Existing profile"
    PORT = "Base port"
    BIND = "Reach"
    TOKEN = "Token"  # noqa: S105 - a title, not a token
    WORKSPACE = "Workspace"
    RUNNING = "Service and start"
    RISK = "Risk notice"
    REVIEW = "Review"


FIELDS: dict[WizardStep, frozenset[Field]] = {
    WizardStep.DISTRIBUTION: frozenset({Field.DISTRIBUTION}),
    WizardStep.PRESET: frozenset({Field.PRESET, Field.COPY_OF}),
    WizardStep.PROFILE: frozenset({Field.PROFILE}),
    WizardStep.EXISTING: frozenset({Field.PROFILE}),
    WizardStep.PORT: frozenset({Field.PORT}),
    WizardStep.BIND: frozenset({Field.BIND}),
    WizardStep.TOKEN: frozenset({Field.AUTH, Field.OWN_TOKEN}),
    WizardStep.WORKSPACE: frozenset({Field.WORKSPACE, Field.HOME}),
    WizardStep.RUNNING: frozenset({Field.SERVICE}),
}
"""The fields whose problems are shown, and have to be solved, at each step."""

TYPED = frozenset({WizardStep.PROFILE, WizardStep.PORT, WizardStep.WORKSPACE})
"""The steps whose answer is typed."""

_RUNNING = {
    "start": ("Start it now, without a service", False, True),
    "service": ("Start it as a service, also after a reboot", True, True),
    "later": ("Only create it", False, False),
}
_REACH = {
    "loopback": "this machine only",
    "lan": "everybody in your network",
    "tailnet": "your Tailscale network",
    "auto": "loopback; in a container, all interfaces",
}


@dataclass(frozen=True, slots=True)
class WizardAnswer:
    """An answer that can be chosen, or only read."""

    key: str
    text: str
    possible: bool = True


@dataclass(frozen=True, slots=True)
class WizardQuestion:
    """The question of a step: to choose, where there are answers, else to type."""

    text: str
    answers: tuple[WizardAnswer, ...] = ()
    value: str = ""  # the answer that is chosen or typed already


@dataclass(frozen=True, slots=True)
class WizardContext:
    """The facts that questions depend on besides the choices."""

    distributions: Sequence[FoundDistribution]
    snapshot: Snapshot
    default_profile: str
    default_workspace: str
    default_port: str = AUTO
    keeps_bind: bool = False
    """Unless something else is chosen, the bind mode is that of the profile that is there, or that is copied."""
    kept_bind: str = ""  # that bind mode, as far as it is known
    keeps_auth: bool = False
    """The profile that is there keeps its token or password, unless another auth mode is chosen."""
    kept_auth: str = ""  # that auth mode, as far as it is known
    default_service: bool = False  # unless something else is chosen, there is a service, as the copied instance has one

    @property
    def default_bind(self) -> str:
        """The answer that leaves the bind mode open."""
        return AS_IT_IS if self.keeps_bind else DEFAULT_BIND


LEAVE = WizardQuestion(
    "Leave, and lose these answers? Nothing has been created.",
    (WizardAnswer(NO, "No, go on with them"), WizardAnswer(YES, "Yes, leave")),
    NO,
)
"""The question before answers are thrown away."""


def question(step: WizardStep, choices: Choices, context: WizardContext) -> WizardQuestion:
    return _QUESTIONS[step](choices, context)


def answered(step: WizardStep, choices: Choices, value: str, context: WizardContext) -> Choices:
    """Return the choices after that answer. A default stays open, and so follows later changes."""
    match step:
        case WizardStep.DISTRIBUTION:
            return replace(choices, distribution=value)
        case WizardStep.PRESET:
            copied = value.removeprefix(COPY) if value.startswith(COPY) else None
            return replace(choices, preset=Preset.COPY_OF if copied else Preset(value), copy_of=copied)
        case WizardStep.PROFILE:
            profile = None if value == context.default_profile else value
            return replace(
                choices, profile=profile, confirm_existing=choices.confirm_existing and profile == choices.profile
            )
        case WizardStep.EXISTING:
            return replace(choices, confirm_existing=value == YES)
    return _arranged(step, choices, value, context)


def _arranged(step: WizardStep, choices: Choices, value: str, context: WizardContext) -> Choices:
    """Return the choices after an answer about how the gateway is to be, not about which one it is."""
    match step:
        case WizardStep.PORT:
            return replace(choices, port=AUTO if value == context.default_port else value)
        case WizardStep.BIND:
            return replace(choices, bind=None if value == context.default_bind else value)
        case WizardStep.TOKEN:
            auth = DEFAULT_AUTH if context.keeps_auth and value != AS_IT_IS else None
            return replace(choices, auth=auth, own_token=value == BY_CLAW_TUI)
        case WizardStep.WORKSPACE:
            return replace(choices, workspace=None if value == context.default_workspace else value)
        case WizardStep.RUNNING:
            _, service, start = _RUNNING[value]
            return replace(choices, service=service, start=start)
        case WizardStep.RISK:
            return replace(choices, accepted_risk=value == YES)
    return choices


def steps(choices: Choices, *, exists: bool) -> tuple[WizardStep, ...]:
    """Return the way through the wizard; it asks about an existing profile only if there is one."""
    return tuple(step for step in WizardStep if step is not WizardStep.EXISTING or exists or choices.confirm_existing)


def problem_at(step: WizardStep, problems: Iterable[ChoiceProblem]) -> ChoiceProblem | None:
    """Return what is wrong with the answer of that step. That a profile exists is a question of its own."""
    fields = FIELDS.get(step, frozenset())
    return next(
        (one for one in problems if one.field in fields and not (step is WizardStep.PROFILE and is_existing(one))), None
    )


def is_existing(problem: ChoiceProblem) -> bool:
    """Whether the problem is only that the profile is there already."""
    return problem.code is ProblemCode.NAME_EXISTS


def version_of(chosen: FoundDistribution) -> str | None:
    return chosen.command.version if isinstance(chosen.command, InstalledCommand) else None


def _distribution(choices: Choices, context: WizardContext) -> WizardQuestion:
    columns = max((width(_installed(one)) for one in context.distributions), default=0)
    offers = (_offer(one, columns) for one in context.distributions)
    answers = tuple(sorted(offers, key=lambda answer: not answer.possible))
    return WizardQuestion("Which product is it to be?", answers, choices.distribution or "")


def _installed(chosen: FoundDistribution) -> str:
    """Title and version; empty where it is not installed."""
    if not isinstance(chosen.command, InstalledCommand):
        return ""
    return f"{clean(chosen.distribution.title)} {clean(chosen.command.version)}"


def _offer(chosen: FoundDistribution, columns: int) -> WizardAnswer:
    title, found = clean(chosen.distribution.title), chosen.command
    if isinstance(found, InstalledCommand):
        text = f"{pad(_installed(chosen), columns)}  {shorten(clean(found.path), _PATH_WIDTH)}"
        return WizardAnswer(chosen.distribution.name, text)
    if found.code is ProblemCode.COMMAND_MISSING:
        why = f"not installed; {chosen.distribution.install_command}"
    else:
        why = found.hint or found.message
    return WizardAnswer(chosen.distribution.name, f"{title}: {clean(why)}", possible=False)


def _preset(choices: Choices, context: WizardContext) -> WizardQuestion:
    answers = (
        WizardAnswer("main", "main    the bot that you use every day"),
        WizardAnswer("rescue", "rescue  a second bot, to repair the first"),
        WizardAnswer("dev", "dev     one to try things with"),
        *_copies(choices, context.snapshot),
    )
    value = f"{COPY}{choices.copy_of}" if choices.preset is Preset.COPY_OF else choices.preset.value
    return WizardQuestion("What is it for?", answers, value)


def _copies(choices: Choices, snapshot: Snapshot) -> Iterator[WizardAnswer]:
    """The instances of the chosen product that can be copied: one of another would be no copy."""
    for instance in snapshot.instances:
        if instance.config.valid and instance.distribution == choices.distribution:
            yield WizardAnswer(f"{COPY}{instance.id}", f"like {clean(instance.id)}, never its credentials")


def _profile(choices: Choices, context: WizardContext) -> WizardQuestion:
    text = "What is its profile called? a–z, 0–9, “-” and “_”; it names its directory and its service."
    return WizardQuestion(text, value=context.default_profile if choices.profile is None else choices.profile)


def _existing(choices: Choices, _: WizardContext) -> WizardQuestion:
    answers = (
        WizardAnswer(NO, "No, leave it as it is; I choose another name"),
        WizardAnswer(YES, "Yes, change it as the plan says"),
    )
    return WizardQuestion("This profile is there already. Change it?", answers, YES if choices.confirm_existing else NO)


def _port(choices: Choices, context: WizardContext) -> WizardQuestion:
    text = "At which port does it begin? Its other ports follow from it. The one that is proposed is free."
    return WizardQuestion(text, value=context.default_port if choices.port == AUTO else str(choices.port))


def _bind(choices: Choices, context: WizardContext) -> WizardQuestion:
    kept = ": ".join(filter(None, ("as it is", clean(context.kept_bind))))
    answers = (
        *((WizardAnswer(AS_IT_IS, kept),) if context.keeps_bind else ()),
        *(WizardAnswer(bind, f"{pad(bind, _BIND_WIDTH)}{_REACH[bind]}") for bind in BINDS),
    )
    return WizardQuestion(
        "Who can reach it? A token keeps everybody else out.", answers, choices.bind or context.default_bind
    )


def _token(choices: Choices, context: WizardContext) -> WizardQuestion:
    answers = (*_kept_secret(context), *_token_makers(choices, context))
    possible = [answer.key for answer in answers if answer.possible]
    stays = context.keeps_auth and choices.auth in (None, context.kept_auth)
    wanted = AS_IT_IS if stays else BY_CLAW_TUI if choices.own_token else BY_PRODUCT
    value = wanted if wanted in possible else possible[0]
    return WizardQuestion("Who makes its token? Only who has it is let in.", answers, value)


def _kept_secret(context: WizardContext) -> Iterator[WizardAnswer]:
    if context.keeps_auth:
        what = f"the {clean(context.kept_auth)} in its config" if context.kept_auth else "what its config has"
        yield WizardAnswer(AS_IT_IS, f"as it is: {what} stays")


def _token_makers(choices: Choices, context: WizardContext) -> Iterator[WizardAnswer]:
    chosen = next(one for one in context.distributions if one.distribution.name == choices.distribution)
    title, version = clean(chosen.distribution.title), version_of(chosen)
    product = f"{title} {clean(version or '')}".rstrip()
    if context.kept_auth == DEFAULT_AUTH:
        yield WizardAnswer(
            BY_CLAW_TUI, f"not by claw-tui: {product} leaves the one alone that is there", possible=False
        )
        return
    what = "a token instead" if context.keeps_auth else "it"
    yield WizardAnswer(BY_PRODUCT, f"{title} makes {what}" if context.keeps_auth else f"{title} makes {what}, as usual")
    refusal = token_problem(replace(choices, own_token=True), chosen.distribution.onboard_rule(version), product)
    if refusal is None:
        yield WizardAnswer(BY_CLAW_TUI, f"claw-tui makes {what}, and hands it over through the environment")
    else:
        yield WizardAnswer(BY_CLAW_TUI, f"not by claw-tui: {refusal.message}", possible=False)


def _workspace(choices: Choices, context: WizardContext) -> WizardQuestion:
    text = "Where do its agents work? A directory that no other gateway uses."
    return WizardQuestion(text, value=context.default_workspace if choices.workspace is None else choices.workspace)


def _running(choices: Choices, context: WizardContext) -> WizardQuestion:
    answers = tuple(WizardAnswer(key, text) for key, (text, _, _) in _RUNNING.items())
    wanted = (context.default_service if choices.service is None else choices.service, choices.start)
    value = next(key for key, (_, service, start) in _RUNNING.items() if wanted == (service, start))
    return WizardQuestion("Who runs it?", answers, value)


def _risk(choices: Choices, _: WizardContext) -> WizardQuestion:
    answers = (WizardAnswer(NO, "No, I do not accept this"), WizardAnswer(YES, "Yes, I have read this, and accept it"))
    text = "\n\n".join(("Read this first.", *RISK_NOTICE))
    return WizardQuestion(text, answers, YES if choices.accepted_risk else NO)


def _review(_: Choices, __: WizardContext) -> WizardQuestion:
    return WizardQuestion(
        "This is what will be done. Nothing has been touched so far.", (WizardAnswer(YES, "Create it"),), YES
    )


_QUESTIONS: dict[WizardStep, Callable[[Choices, WizardContext], WizardQuestion]] = {
    WizardStep.DISTRIBUTION: _distribution,
    WizardStep.PRESET: _preset,
    WizardStep.PROFILE: _profile,
    WizardStep.EXISTING: _existing,
    WizardStep.PORT: _port,
    WizardStep.BIND: _bind,
    WizardStep.TOKEN: _token,
    WizardStep.WORKSPACE: _workspace,
    WizardStep.RUNNING: _running,
    WizardStep.RISK: _risk,
    WizardStep.REVIEW: _review,
}
