"""The port map: numbers and ruler stay in sight while the lanes scroll."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Region
from textual.widgets import Static

from claw_tui.ports.map_text import Drawing, crop, draw
from claw_tui.shell.painting import paint
from gateway_core.snapshot import Snapshot


class PortMapView(Vertical):
    """The port map in its own width; as high as its lanes, unless the stylesheet allows less."""

    def __init__(self, id: str, *, crops: bool = False) -> None:  # noqa: A002  Textual's name
        """Count lanes that find no room, if `crops`, instead of scrolling to them."""
        super().__init__(id=id)
        self._crops = crops
        self._wanted: tuple[Snapshot, frozenset[str], int | None] | None = None
        self._drawn: Drawing | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="map-head")
        with VerticalScroll(id="map-lanes"):
            yield Static()
        yield Static(id="map-legend")

    def show(self, snapshot: Snapshot, chosen: frozenset[str], asked: int | None) -> None:
        """Draw a host; the lanes of the chosen owners, and the port that is asked about, stand out."""
        self._wanted = (snapshot, chosen, asked)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        columns = self.query_one("#map-lanes").scrollable_content_region.width or self.content_region.width
        if not columns or self._wanted is None:
            return
        snapshot, chosen, asked = self._wanted
        drawing = draw(snapshot, columns, chosen, asked)
        most = self.styles.max_height
        if self._crops and most is not None:
            drawing = crop(drawing, chosen, int(most.value) - len(drawing.head) - 1 - self.gutter.height)
        if drawing != self._drawn:
            self._drawn = drawing
            self._put(drawing)
            self.call_after_refresh(self._bring_into_sight, drawing, chosen)

    def _put(self, drawing: Drawing) -> None:
        self.styles.height = len(drawing.head) + len(drawing.lanes) + 1 + self.gutter.height
        self.query_one("#map-head", Static).update(paint(drawing.head))
        self.query_one("#map-lanes > Static", Static).update(paint(drawing.lanes))
        self.query_one("#map-legend", Static).update(paint([drawing.legend]))

    def _bring_into_sight(self, drawing: Drawing, chosen: frozenset[str]) -> None:
        rows = [row for row, key in enumerate(drawing.keys) if key in chosen]
        if rows:
            lanes = Region(0, rows[0], 1, rows[-1] - rows[0] + 1)
            self.query_one("#map-lanes", VerticalScroll).scroll_to_region(lanes, animate=False)
