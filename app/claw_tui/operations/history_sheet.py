"""The sheet of the session's operations: a list of all, and every step of the one under the cursor."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from claw_tui.operations.controller import OperationsController
from claw_tui.operations.operation_log import OperationRecord
from claw_tui.operations.record_text import as_text, headline, sections
from claw_tui.shell.clipboard import copy_text
from claw_tui.shell.item_list import ItemList
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.sections import Line, joined, lay_out
from claw_tui.text.values import clean

_WIDEST = 88
_LABEL_WIDTH = 8


class OperationList(ItemList[OperationRecord]):
    """A line per operation."""

    room = _WIDEST  # lines are cut anyway, and are there when the sheet is first seen

    def lines(self, item: OperationRecord, columns: int) -> Iterable[Line]:  # noqa: ARG002  ItemList's
        return [joined(headline(item))]

    def key(self, item: OperationRecord) -> object:
        return item.number


class OperationsSheet(Sheet[None]):
    """The operations of this session, the newest on top; the cursor stays on its operation while others come."""

    AUTO_FOCUS = "OperationList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "Stop waiting"),
        Binding("y", "copy", "Copy"),
        Binding("Y", "copy_all", "Copy all"),
    ]

    def __init__(self, operations: OperationsController) -> None:
        super().__init__("Operations", "c stops waiting for it, y copies it, Y all of them, esc closes")
        self._operations = operations

    def body(self) -> Vertical:
        box = Vertical(OperationList(id="operations"), Static(id="steps"), id="log")
        box.styles.width = self.columns(_WIDEST)
        return box

    def on_mount(self) -> None:
        self._operations.log.follow(self, self._follow)

    def action_cancel(self) -> None:
        """Stop waiting for the operation under the cursor, or say why that makes no sense."""
        chosen = self._chosen
        if chosen is None:
            return
        if chosen.is_open and self._operations.cancel(chosen.instance):
            text = "What was begun goes its way; repeating the operation finishes it."
            self.app.notify(text, title=f"{clean(chosen.instance)}: not waited for any more", markup=False)
        else:
            text = "That operation is over, or has not begun."
            self.app.notify(text, title="Nothing to wait for", severity="warning", timeout=4)

    def action_copy(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            self._copy([chosen])

    def action_copy_all(self) -> None:
        self._copy(self._operations.log.value.records)

    @property
    def _chosen(self) -> OperationRecord | None:
        return self.query_one(OperationList).chosen

    def _follow(self) -> None:
        self.query_one(OperationList).show(self._operations.log.value.records[::-1])
        self._show_steps()

    @on(OperationList.Chosen)
    def _show_steps(self) -> None:
        found = sections(self._chosen) if self._chosen else ()
        self.query_one("#steps", Static).update(paint(lay_out(found, self.columns(_WIDEST), _LABEL_WIDTH)))

    def _copy(self, records: Sequence[OperationRecord]) -> None:
        what = "operation" if len(records) == 1 else f"{len(records)} operations"
        copy_text(self.app, "\n\n".join(map(as_text, records)), what)
