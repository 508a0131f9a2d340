"""The list of choices of a sheet."""

from textual.events import Click
from textual.widgets import OptionList


class ChoiceList(OptionList):
    """Turns no page while there is no room for it, or it is not laid out yet: Textual would look for its lines."""

    def action_page_up(self) -> None:
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]  # Textual's

    def action_page_down(self) -> None:
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]  # Textual's


def points_at_gone(choices: OptionList, event: Click) -> bool:
    """Whether a click met a line whose choice has gone meanwhile: Textual would look for it by its number."""
    return bool(event.style.meta.get("option", -1) >= choices.option_count)
