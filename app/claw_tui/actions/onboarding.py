"""The actions that create a gateway, and those for one that was not finished."""

from functools import partial

from claw_tui.actions.model import INSTANCES, READ_ONLY, Action, Group, Situation

_action = partial(Action, group=Group.HOST, scope=INSTANCES.name)


def _no_unfinished(situation: Situation) -> str:
    if not situation.can_onboard:
        return READ_ONLY
    return "No onboarding was left unfinished here. One that was is named in its gateway's details."


UNFINISHED_ACTIONS = (
    _action(
        id="resume",
        keys="N",
        title="Resume its onboarding",
        explanation="Go on with an onboarding that failed or was killed, where it was left.",
        needs=lambda situation: situation.can_onboard and situation.unfinished,
        why_not=_no_unfinished,
        short="Resume",
        hidden=True,
    ),
    _action(
        id="undo",
        keys="Z",
        title="Undo its onboarding",
        explanation="List what an onboarding that was not finished has created, ask, and move it to the trash.",
        needs=lambda situation: situation.can_onboard and situation.unfinished,
        why_not=_no_unfinished,
        short="Undo",
        hidden=True,
    ),
)
"""Hidden while they cannot be done; else the first in the footer."""

ONBOARDING_ACTIONS = (
    _action(
        id="new",
        keys="n",
        title="New gateway",
        explanation="Plan a new gateway step by step, with its ports on the map; nothing is touched before you agree.",
        needs=lambda situation: situation.can_onboard,
        why_not=lambda _: READ_ONLY,
        short="New",
        hidden=True,
    ),
)
