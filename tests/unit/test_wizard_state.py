"""The way through the wizard, as plain data."""

from dataclasses import replace

import pytest

from claw_tui.hosts.onboarding import FoundDistribution
from claw_tui.onboarding.wizard_questions import (
    AS_IT_IS,
    BY_CLAW_TUI,
    BY_PRODUCT,
    NO,
    YES,
    WizardQuestion,
    WizardStep,
)
from claw_tui.onboarding.wizard_state import WizardState
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.onboarding.choices import ChoiceProblem, Field, Preset, ProblemCode
from gateway_core.onboarding.commands import InstalledCommand
from gateway_core.onboarding.plan import Plan, TokenRoute
from gateway_core.snapshot import PortRange, Snapshot
from tests.snapshots import host, instance, sketch

MISSING = ChoiceProblem(field=Field.DISTRIBUTION, code=ProblemCode.COMMAND_MISSING, message="not here")
THERE_ALREADY = ChoiceProblem(field=Field.PROFILE, code=ProblemCode.NAME_EXISTS, message="there already")
NOT_TAKEN = ChoiceProblem(field=Field.OWN_TOKEN, code=ProblemCode.TOKEN_NOT_TAKEN, message="not taken")
IN_USE = ChoiceProblem(field=Field.PORT, code=ProblemCode.PORT_IN_USE, message="in use")


@pytest.fixture
def state() -> WizardState:
    """Only openclaw is installed."""
    installed = InstalledCommand(path="/usr/bin/openclaw", version="2026.9.6")
    distributions = (
        FoundDistribution(item, installed if item.name == "openclaw" else MISSING) for item in built_in_distributions()
    )
    return WizardState.begin(tuple(distributions), sketch())


NEWER, OLDER = "2026.9.6", "2026.1.24"


def installed(**versions: str) -> tuple[FoundDistribution, ...]:
    return tuple(
        FoundDistribution(
            item, InstalledCommand(f"/usr/bin/{item.name}", versions[item.name]) if item.name in versions else MISSING
        )
        for item in built_in_distributions()
    )


def gateways(*ids: str) -> Snapshot:
    """With these gateways."""
    named = (name.split(":") for name in ids)
    return host(*(instance(profile, distribution=product) for product, profile in named))


@pytest.mark.parametrize(
    ("here", "first", "purpose"),
    [
        ((), "openclaw", Preset.MAIN),
        (("clawdbot:default",), "clawdbot", Preset.RESCUE),
        (("clawdbot:a", "openclaw:default"), "openclaw", Preset.RESCUE),
        (("clawdbot:a", "clawdbot:b", "openclaw:default"), "clawdbot", Preset.MAIN),
        (("openclaw:default", "openclaw:rescue"), "openclaw", Preset.DEV),
        (("openclaw:default", "openclaw:rescue", "openclaw:dev"), "openclaw", Preset.MAIN),
    ],
)
def test_it_begins_with_what_suits_the_gateways_here(here: tuple[str, ...], first: str, purpose: Preset) -> None:
    snapshot = gateways(*here)
    begun = WizardState.begin(installed(clawdbot=OLDER, openclaw=NEWER), snapshot)
    assert (begun.choices.distribution, begun.choices.preset) == (first, purpose)


def test_the_purpose_follows_the_product_until_it_is_chosen() -> None:
    begun = WizardState.begin(installed(clawdbot=OLDER, openclaw=NEWER), gateways("openclaw:default"))
    assert begun.with_answer("clawdbot").choices.preset is Preset.MAIN
    chosen = begun.at(WizardStep.PRESET).with_answer("dev").back()
    assert chosen.with_answer("clawdbot").choices.preset is Preset.DEV


def test_only_gateways_of_the_product_that_is_chosen_can_be_copied_and_a_copy_has_a_service_if_they_have() -> None:
    here = gateways("openclaw:one", "clawdbot:two")
    begun = (
        WizardState.begin(installed(clawdbot=OLDER, openclaw=NEWER), here).with_answer("openclaw").at(WizardStep.PRESET)
    )
    copies = [answer.key for answer in begun.question.answers if answer.key.startswith("copy:")]
    assert copies == ["copy:openclaw:one"]
    copied = begun.with_answer(copies[0]).at(WizardStep.RUNNING)
    assert copied.question.value == "service"
    assert copied.with_answer("later").question.value == "later"
    assert begun.at(WizardStep.RUNNING).question.value == "start"

    [one, two] = here.instances
    bare = one.model_copy(update={"signals": one.signals.model_copy(update={"service": None})})
    assert copied.with_snapshot(here.model_copy(update={"instances": (bare, two)})).question.value == "start"


def test_nothing_is_said_to_be_wrong_before_it_was_asked(state: WizardState) -> None:
    early = state.with_outcome((THERE_ALREADY, IN_USE))
    assert early.sections == ()
    late = early.at(WizardStep.BIND)
    assert len(late.sections[0].facts) == 2
    assert late.at(WizardStep.DISTRIBUTION).sections == late.sections


def test_the_paths_of_the_products_are_below_each_other() -> None:
    offered = WizardState.begin(installed(openclaw=NEWER, clawdbot="2026.1.24-3"), gateways()).question.answers
    texts = [answer.text for answer in offered if answer.possible]
    assert len({text.index("/usr/bin") for text in texts}) == 1, texts
    assert len(texts) == 2


def test_it_begins_with_a_product_that_is_installed(state: WizardState) -> None:
    assert (state.step, state.choices.distribution, state.choices.start) == (
        WizardStep.DISTRIBUTION,
        "openclaw",
        True,
    )
    assert state.back() == state


def test_an_existing_profile_is_a_question_on_the_way_and_may_be_declined(state: WizardState) -> None:
    named = state.at(WizardStep.PROFILE)
    assert named.forward().step is WizardStep.PORT
    asked = named.with_outcome((THERE_ALREADY,)).forward()
    assert (asked.step, asked.title) == (WizardStep.EXISTING, "step 3 of 10 · Existing profile")
    assert asked.declines_existing(NO)
    agreed = asked.with_answer(YES).with_outcome(()).forward()
    assert (agreed.step, agreed.back().step) == (WizardStep.PORT, WizardStep.EXISTING)


def test_a_step_is_left_only_with_an_answer_that_will_do(state: WizardState) -> None:
    at_port = state.at(WizardStep.PORT).with_outcome((IN_USE,))
    assert not at_port.can_continue
    assert at_port.problem == IN_USE
    assert at_port.at(WizardStep.BIND).can_continue, "what is wrong elsewhere holds nobody up here"
    assert not state.at(WizardStep.RISK).with_answer(NO).can_continue
    assert state.at(WizardStep.RISK).with_answer(YES).can_continue
    assert not state.at(WizardStep.REVIEW).can_continue


def test_what_has_gone_wrong_by_the_end_is_asked_again(state: WizardState) -> None:
    reviewed = state.at(WizardStep.REVIEW)
    assert reviewed.with_outcome((IN_USE,)).at_first_problem().step is WizardStep.PORT
    assert reviewed.with_outcome(()).at_first_problem().step is WizardStep.RISK


def test_the_bind_of_what_is_there_or_copied_stays_unless_another_is_chosen(state: WizardState) -> None:
    new = state.at(WizardStep.BIND)
    assert (new.question.value, new.with_answer("loopback").choices.bind) == ("loopback", None)
    for keeping in (
        replace(new, exists=True),
        replace(new, choices=replace(new.choices, preset=Preset.COPY_OF, copy_of="openclaw:main")),
    ):
        first, *others = keeping.question.answers
        assert (first.text, len(others)) == ("as it is", 4)
        assert keeping.question.value == first.key
        assert keeping.with_answer(first.key).choices.bind is None
        opened = keeping.with_answer("lan")
        assert opened.choices.bind == opened.question.value == "lan"
        assert opened.with_answer(first.key).choices.bind is None


def answers(question: WizardQuestion) -> dict[str, bool]:
    """Each answer, and whether it can be chosen."""
    return {answer.key: answer.possible for answer in question.answers}


def test_the_own_token_can_be_chosen_where_the_version_takes_it_and_else_says_why_not() -> None:
    begun = WizardState.begin(installed(clawdbot=OLDER, openclaw=NEWER), sketch()).with_answer("openclaw")
    asked = begun.at(WizardStep.BIND).forward()
    assert (asked.step, asked.question.value) == (WizardStep.TOKEN, BY_PRODUCT)
    assert answers(asked.question) == {BY_PRODUCT: True, BY_CLAW_TUI: True}
    own = asked.with_answer(BY_CLAW_TUI)
    assert (own.choices.own_token, own.choices.auth) == (True, None)
    assert own.back().forward().question.value == BY_CLAW_TUI
    assert not own.with_answer(BY_PRODUCT).choices.own_token

    early = own.at(WizardStep.DISTRIBUTION).with_answer("clawdbot").at(WizardStep.TOKEN)
    assert answers(early.question) == {BY_PRODUCT: True, BY_CLAW_TUI: False}
    assert "Clawdbot 2026.1.24 takes a token only on its command line" in early.question.answers[-1].text
    assert early.question.value == BY_PRODUCT
    assert early.with_outcome((NOT_TAKEN,)).problem == NOT_TAKEN, "until it is answered anew, the wish cannot be met"
    assert early.at(WizardStep.BIND).with_outcome((NOT_TAKEN,)).can_continue
    assert early.at(WizardStep.DISTRIBUTION).with_answer("openclaw").at(WizardStep.TOKEN).question.value == BY_CLAW_TUI


def kept(mode: str | None) -> Plan:
    """Of a gateway whose auth stays in that mode."""
    return Plan(
        instance="openclaw:default",
        distribution="openclaw",
        version="2026.9.6",
        command="/usr/bin/openclaw",
        preset=Preset.MAIN,
        profile="default",
        state_dir="/s",
        config_path="/s/openclaw.json",
        workspace="/w",
        base_port=18789,
        block=PortRange(start=18789, end=18899),
        claims=(),
        bind="loopback",
        auth=mode or "token",
        kept_auth=mode,
        token=TokenRoute.KEPT,
        token_note="",
        service=False,
        start=False,
        existing=True,
        accepted_risk=False,
        commands=(),
        creates=(),
    )


def test_a_token_that_stays_is_all_that_can_be_answered(state: WizardState) -> None:
    asked = replace(state.at(WizardStep.TOKEN), exists=True).with_outcome(kept("token"))
    assert answers(asked.question) == {AS_IT_IS: True, BY_CLAW_TUI: False}
    assert [answer.text for answer in asked.question.answers] == [
        "as it is: the token in its config stays",
        "not by claw-tui: OpenClaw 2026.9.6 leaves the one alone that is there",
    ]
    assert asked.with_answer(AS_IT_IS).choices == state.choices


def test_a_password_that_stays_can_give_way_to_a_token(state: WizardState) -> None:
    asked = replace(state.at(WizardStep.TOKEN), exists=True).with_outcome(kept("password"))
    assert answers(asked.question) == {AS_IT_IS: True, BY_PRODUCT: True, BY_CLAW_TUI: True}
    assert (asked.question.value, asked.question.answers[0].text) == (
        AS_IT_IS,
        "as it is: the password in its config stays",
    )
    own = asked.with_answer(BY_CLAW_TUI)
    assert (own.choices.auth, own.choices.own_token, own.question.value) == ("token", True, BY_CLAW_TUI)
    without_plan = own.with_outcome((IN_USE,))
    assert without_plan.question.value == BY_CLAW_TUI, "what is wrong elsewhere takes no answer away"
    assert without_plan.with_answer(AS_IT_IS).choices == state.choices
    assert without_plan.with_answer(AS_IT_IS).question.answers[0].text == "as it is: what its config has stays"


def test_what_an_existing_profile_does_not_keep_is_made_as_for_a_new_one(state: WizardState) -> None:
    asked = replace(state.at(WizardStep.TOKEN), exists=True).with_outcome(kept(None))
    assert answers(asked.question) == {BY_PRODUCT: True, BY_CLAW_TUI: True}


def test_what_is_as_usual_stays_open(state: WizardState) -> None:
    usual = replace(state.at(WizardStep.PROFILE), snapshot=sketch())
    assert usual.with_answer(usual.question.value).choices.profile is None
    assert usual.with_answer("second").choices.profile == "second"
