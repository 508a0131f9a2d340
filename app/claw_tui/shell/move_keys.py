"""The letters that move wherever the arrows do, as in vi and less: k, j, g and G. A text field takes them as text."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


def letters_to_move(up: str, down: str, first: str, last: str) -> list[BindingType]:
    """Bind the letters to what a widget does for one line up and down, to the first and to the last one."""
    return [Binding(key, action, show=False) for key, action in (("k", up), ("j", down), ("g", first), ("G", last))]


def without_first(bindings: Iterable[BindingType]) -> list[BindingType]:
    """Return these but `g`, where that means something else."""
    return [bound for bound in bindings if not (isinstance(bound, Binding) and bound.key == "g")]


class TextScroll(VerticalScroll):
    """Text that scrolls by the arrows, and by these letters."""

    BINDINGS: ClassVar[list[BindingType]] = letters_to_move("scroll_up", "scroll_down", "scroll_home", "scroll_end")
