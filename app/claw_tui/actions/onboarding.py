"""What can be done to get a new gateway, and about one that was not finished."""

from claw_tui.actions.model import INSTANCES, READ_ONLY, Action, Group

UNFINISHED_ACTIONS = (
    Action(
        id="resume",
        keys="N",
        title="Resume its onboarding",
        explanation="Go on with an onboarding that failed or was killed, where it was left.",
        group=Group.HOST,
        call="resume",
        scope=INSTANCES.name,
        needs=lambda situation: situation.can_onboard and situation.unfinished,
        short="Resume",
        hidden=True,
    ),
    Action(
        id="undo",
        keys="Z",
        title="Undo its onboarding",
        explanation="List what an onboarding that was not finished has created, ask, and move it to the trash.",
        group=Group.HOST,
        call="undo",
        scope=INSTANCES.name,
        needs=lambda situation: situation.can_onboard and situation.unfinished,
        short="Undo",
        hidden=True,
    ),
)
"""Hidden while they cannot be done; else the first in the footer."""

ONBOARDING_ACTIONS = (
    Action(
        id="new",
        keys="n",
        title="New gateway",
        explanation="Plan a new gateway step by step, with its ports on the map; nothing is touched before you agree.",
        group=Group.HOST,
        call="new",
        scope=INSTANCES.name,
        needs=lambda situation: situation.can_onboard,
        why_not=lambda _: READ_ONLY,
        short="New",
        hidden=True,
    ),
)
