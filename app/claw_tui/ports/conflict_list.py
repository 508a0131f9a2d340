"""The list of conflicts."""

from collections.abc import Iterable

from claw_tui.ports.conflicts import conflict_lines
from claw_tui.shell.item_list import ItemList
from claw_tui.text.sections import Line
from gateway_core.snapshot import Conflict


class ConflictList(ItemList[Conflict]):
    """A few lines per conflict."""

    def lines(self, item: Conflict, columns: int) -> Iterable[Line]:
        return conflict_lines(item, columns)

    def key(self, item: Conflict) -> object:
        return item.id
