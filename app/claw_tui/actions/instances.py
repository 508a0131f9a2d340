"""What can be done with the details of the instance under the cursor."""

from claw_tui.actions.model import INSTANCES, Action, Group, has_instance

DETAIL_ACTIONS = (
    Action(
        id="next-tab",
        keys="right_square_bracket,right",
        title="Next tab of the details",
        explanation="Overview, audit, logs; the chosen one stays when the cursor moves to another row.",
        group=Group.INSTANCE,
        call="turn_tab(1)",
        scope=INSTANCES.name,
        needs=has_instance,
    ),
    Action(
        id="previous-tab",
        keys="left_square_bracket,left",
        title="Tab before",
        explanation="A click on a tab's name chooses it, too.",
        group=Group.INSTANCE,
        call="turn_tab(-1)",
        scope=INSTANCES.name,
        needs=has_instance,
    ),
)
