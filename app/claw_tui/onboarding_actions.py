"""What can be done to get a new gateway."""

from claw_tui.action_model import Action, Group
from claw_tui.modes import INSTANCES

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
        short="New",
        hidden=True,
    ),
)
