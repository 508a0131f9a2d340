"""The sheet of the session's operations: a list of all, and every step of the one under the cursor."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from claw_tui.operations.controller import OperationsController
from claw_tui.operations.operation_log import OperationRecord
from claw_tui.operations.record_text import as_text, headline, sections
from claw_tui.shell.painting import paint, paint_line
from claw_tui.shell.sheet import Sheet
from claw_tui.text.sections import joined, lay_out
from claw_tui.text.values import clean, count

_WIDEST = 88
_LABEL_WIDTH = 8


class OperationsSheet(Sheet[None]):
    """The operations of this session, the newest on top; the cursor stays on its operation while others come."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "Stop waiting"),
        Binding("y", "copy", "Copy"),
        Binding("Y", "copy_all", "Copy all"),
    ]

    def __init__(self, operations: OperationsController) -> None:
        super().__init__("Operations", "c stops waiting for it, y copies it, Y all of them, esc closes")
        self._operations = operations
        self._log = operations.log.value

    def body(self) -> Vertical:
        options = (self._option(one) for one in self._newest_first)
        newest = self._newest_first[0] if self._log.records else None
        box = Vertical(OptionList(*options, id="operations"), Static(self._steps(newest), id="steps"), id="log")
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
        self._copy(self._log.records)

    @property
    def _newest_first(self) -> Sequence[OperationRecord]:
        return self._log.records[::-1]

    @property
    def _chosen(self) -> OperationRecord | None:
        index = self.query_one(OptionList).highlighted
        return self._newest_first[index] if index is not None and index < len(self._newest_first) else None

    def _follow(self) -> None:
        chosen, before, log = self._chosen, self._log, self._operations.log.value
        self._log = log
        listed = self.query_one(OptionList)
        if [one.number for one in before.records] != [one.number for one in log.records]:
            listed.set_options([self._option(one) for one in self._newest_first])
            listed.highlighted = self._index_of(chosen)
        else:
            for one in log.records:
                listed.replace_option_prompt(str(one.number), paint_line(joined(headline(one))))
        self._show_steps()

    def _index_of(self, record: OperationRecord | None) -> int:
        numbers = [one.number for one in self._newest_first]
        return numbers.index(record.number) if record and record.number in numbers else 0

    @on(OptionList.OptionHighlighted)
    def _show_steps(self) -> None:
        self.query_one("#steps", Static).update(self._steps(self._chosen))

    def _steps(self, record: OperationRecord | None) -> Content:
        found = sections(record) if record else ()
        return paint(lay_out(found, self.columns(_WIDEST), _LABEL_WIDTH))

    def _option(self, record: OperationRecord) -> Option:
        return Option(paint_line(joined(headline(record))), id=str(record.number))

    def _copy(self, records: Sequence[OperationRecord]) -> None:
        self.app.copy_to_clipboard("\n\n".join(map(as_text, records)))
        self.app.notify(f"Copied {count(len(records), 'operation')}: steps, commands and last words.", timeout=4)
