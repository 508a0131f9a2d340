"""What would come of the wizard's answers: the port map with the new gateway in it, and the plan."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from claw_tui.onboarding.text import LABEL_WIDTH
from claw_tui.ports.map_view import PortMapView
from claw_tui.ports.proposal import Proposal, with_proposal
from claw_tui.shell.painting import paint
from claw_tui.text.sections import Section, lay_out
from gateway_core.snapshot import Snapshot

_NARROWEST = 30


class PlanPanel(VerticalScroll, can_focus=False):
    """Lays the plan out in its own width."""

    def __init__(self, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._sections: Sequence[Section] = ()

    def compose(self) -> ComposeResult:
        """The map above."""
        yield PortMapView(id="map", crops=True)
        yield Static(id="plan")

    def on_resize(self) -> None:
        """Lay it out anew."""
        self._lay_out()

    def show(self, sections: Sequence[Section], snapshot: Snapshot, proposal: Proposal | None) -> None:
        """The plan, or what is still in its way; and the host, with the gateway that is proposed."""
        self._sections = sections
        self._lay_out()
        view = self.query_one(PortMapView)
        if proposal is None:
            view.show(snapshot, frozenset(), None)
        else:
            view.show(with_proposal(snapshot, proposal), frozenset({proposal.id}), proposal.base)

    def turn_page(self, pages: int) -> None:
        """Scroll by so many pages."""
        if pages > 0:
            self.scroll_page_down(animate=False)
        else:
            self.scroll_page_up(animate=False)

    def _lay_out(self) -> None:
        columns = max(_NARROWEST, self.scrollable_content_region.width)
        self.query_one("#plan", Static).update(paint(lay_out(self._sections, columns, LABEL_WIDTH)))
