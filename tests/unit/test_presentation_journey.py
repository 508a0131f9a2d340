"""The way through the wizard, as plain data."""

from dataclasses import replace

import pytest

from claw_tui.hosts.onboarding import Offer
from claw_tui.onboarding.wizard_questions import (
    AS_IT_IS,
    BY_CLAW_TUI,
    BY_PRODUCT,
    NO,
    YES,
    WizardQuestion,
    WizardStep,
)
from claw_tui.onboarding.wizard_state import Journey
from gateway_core.distributions import built_in_distributions
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
def journey() -> Journey:
    """Only openclaw is installed."""
    installed = InstalledCommand(path="/usr/bin/openclaw", version="2026.9.6")
    offers = (Offer(item, installed if item.name == "openclaw" else MISSING) for item in built_in_distributions())
    return Journey.begin(tuple(offers), sketch())


NEWER, OLDER = "2026.9.6", "2026.1.24"


def installed(**versions: str) -> tuple[Offer, ...]:
    return tuple(
        Offer(
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
    begun = Journey.begin(installed(clawdbot=OLDER, openclaw=NEWER), snapshot)
    assert (begun.choices.distribution, begun.choices.preset) == (first, purpose)


def test_the_purpose_follows_the_product_until_it_is_chosen() -> None:
    begun = Journey.begin(installed(clawdbot=OLDER, openclaw=NEWER), gateways("openclaw:default"))
    assert begun.answered("clawdbot").choices.preset is Preset.MAIN
    chosen = begun.at(WizardStep.PRESET).answered("dev").back()
    assert chosen.answered("clawdbot").choices.preset is Preset.DEV


def test_only_gateways_of_the_product_that_is_chosen_can_be_copied_and_a_copy_has_a_service_if_they_have() -> None:
    here = gateways("openclaw:one", "clawdbot:two")
    begun = Journey.begin(installed(clawdbot=OLDER, openclaw=NEWER), here).answered("openclaw").at(WizardStep.PRESET)
    copies = [answer.key for answer in begun.question.answers if answer.key.startswith("copy:")]
    assert copies == ["copy:openclaw:one"]
    copied = begun.answered(copies[0]).at(WizardStep.RUNNING)
    assert copied.question.value == "service"
    assert copied.answered("later").question.value == "later"
    assert begun.at(WizardStep.RUNNING).question.value == "start"

    [one, two] = here.instances
    bare = one.model_copy(update={"signals": one.signals.model_copy(update={"service": None})})
    assert copied.seen(here.model_copy(update={"instances": (bare, two)})).question.value == "start"


def test_nothing_is_said_to_be_wrong_before_it_was_asked(journey: Journey) -> None:
    early = journey.planned((THERE_ALREADY, IN_USE))
    assert early.sections == ()
    late = early.at(WizardStep.BIND)
    assert len(late.sections[0].facts) == 2
    assert late.at(WizardStep.DISTRIBUTION).sections == late.sections


def test_it_begins_with_a_product_that_is_installed(journey: Journey) -> None:
    assert (journey.step, journey.choices.distribution, journey.choices.start) == (
        WizardStep.DISTRIBUTION,
        "openclaw",
        True,
    )
    assert journey.back() == journey


def test_an_existing_profile_is_a_question_on_the_way_and_may_be_declined(journey: Journey) -> None:
    named = journey.at(WizardStep.PROFILE)
    assert named.onwards().step is WizardStep.PORT
    asked = named.planned((THERE_ALREADY,)).onwards()
    assert (asked.step, asked.title) == (WizardStep.EXISTING, "4 of 11 · Existing profile")
    assert asked.declines(NO)
    agreed = asked.answered(YES).planned(()).onwards()
    assert (agreed.step, agreed.back().step) == (WizardStep.PORT, WizardStep.EXISTING)


def test_a_step_is_left_only_with_an_answer_that_will_do(journey: Journey) -> None:
    at_port = journey.at(WizardStep.PORT).planned((IN_USE,))
    assert not at_port.may_go_on
    assert at_port.trouble == IN_USE
    assert at_port.at(WizardStep.BIND).may_go_on, "what is wrong elsewhere holds nobody up here"
    assert not journey.at(WizardStep.RISK).answered(NO).may_go_on
    assert journey.at(WizardStep.RISK).answered(YES).may_go_on
    assert not journey.at(WizardStep.REVIEW).may_go_on


def test_what_has_gone_wrong_by_the_end_is_asked_again(journey: Journey) -> None:
    reviewed = journey.at(WizardStep.REVIEW)
    assert reviewed.planned((IN_USE,)).at_what_is_wrong().step is WizardStep.PORT
    assert reviewed.planned(()).at_what_is_wrong().step is WizardStep.RISK


def test_the_bind_of_what_is_there_or_copied_stays_unless_another_is_chosen(journey: Journey) -> None:
    new = journey.at(WizardStep.BIND)
    assert (new.question.value, new.answered("loopback").choices.bind) == ("loopback", None)
    for keeping in (
        replace(new, exists=True),
        replace(new, choices=replace(new.choices, preset=Preset.COPY_OF, copy_of="openclaw:main")),
    ):
        first, *others = keeping.question.answers
        assert (first.text, len(others)) == ("as it is", 4)
        assert keeping.question.value == first.key
        assert keeping.answered(first.key).choices.bind is None
        opened = keeping.answered("lan")
        assert opened.choices.bind == opened.question.value == "lan"
        assert opened.answered(first.key).choices.bind is None


def answers(question: WizardQuestion) -> dict[str, bool]:
    """Each answer, and whether it can be chosen."""
    return {answer.key: answer.possible for answer in question.answers}


def test_the_own_token_can_be_chosen_where_the_version_takes_it_and_else_says_why_not() -> None:
    begun = Journey.begin(installed(clawdbot=OLDER, openclaw=NEWER), sketch()).answered("openclaw")
    asked = begun.at(WizardStep.BIND).onwards()
    assert (asked.step, asked.question.value) == (WizardStep.TOKEN, BY_PRODUCT)
    assert answers(asked.question) == {BY_PRODUCT: True, BY_CLAW_TUI: True}
    own = asked.answered(BY_CLAW_TUI)
    assert (own.choices.own_token, own.choices.auth) == (True, None)
    assert own.back().onwards().question.value == BY_CLAW_TUI
    assert not own.answered(BY_PRODUCT).choices.own_token

    early = own.at(WizardStep.DISTRIBUTION).answered("clawdbot").at(WizardStep.TOKEN)
    assert answers(early.question) == {BY_PRODUCT: True, BY_CLAW_TUI: False}
    assert "Clawdbot 2026.1.24 takes a token only on its command line" in early.question.answers[-1].text
    assert early.question.value == BY_PRODUCT
    assert early.planned((NOT_TAKEN,)).trouble == NOT_TAKEN, "until it is answered anew, the wish cannot be met"
    assert early.at(WizardStep.BIND).planned((NOT_TAKEN,)).may_go_on
    assert early.at(WizardStep.DISTRIBUTION).answered("openclaw").at(WizardStep.TOKEN).question.value == BY_CLAW_TUI


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


def test_a_token_that_stays_is_all_that_can_be_answered(journey: Journey) -> None:
    asked = replace(journey.at(WizardStep.TOKEN), exists=True).planned(kept("token"))
    assert answers(asked.question) == {AS_IT_IS: True, BY_CLAW_TUI: False}
    assert [answer.text for answer in asked.question.answers] == [
        "as it is: the token in its config stays",
        "not by claw-tui: OpenClaw 2026.9.6 leaves the one alone that is there",
    ]
    assert asked.answered(AS_IT_IS).choices == journey.choices


def test_a_password_that_stays_can_give_way_to_a_token(journey: Journey) -> None:
    asked = replace(journey.at(WizardStep.TOKEN), exists=True).planned(kept("password"))
    assert answers(asked.question) == {AS_IT_IS: True, BY_PRODUCT: True, BY_CLAW_TUI: True}
    assert (asked.question.value, asked.question.answers[0].text) == (
        AS_IT_IS,
        "as it is: the password in its config stays",
    )
    own = asked.answered(BY_CLAW_TUI)
    assert (own.choices.auth, own.choices.own_token, own.question.value) == ("token", True, BY_CLAW_TUI)
    without_plan = own.planned((IN_USE,))
    assert without_plan.question.value == BY_CLAW_TUI, "what is wrong elsewhere takes no answer away"
    assert without_plan.answered(AS_IT_IS).choices == journey.choices
    assert without_plan.answered(AS_IT_IS).question.answers[0].text == "as it is: what its config has stays"


def test_what_an_existing_profile_does_not_keep_is_made_as_for_a_new_one(journey: Journey) -> None:
    asked = replace(journey.at(WizardStep.TOKEN), exists=True).planned(kept(None))
    assert answers(asked.question) == {BY_PRODUCT: True, BY_CLAW_TUI: True}


def test_what_is_as_usual_stays_open(journey: Journey) -> None:
    usual = replace(journey.at(WizardStep.PROFILE), snapshot=sketch())
    assert usual.answered(usual.question.value).choices.profile is None
    assert usual.answered("second").choices.profile == "second"
