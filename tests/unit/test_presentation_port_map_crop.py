"""What stays of a port map that finds little room."""

from claw_tui.ports.map_text import Drawing, crop
from claw_tui.text.sections import Piece

KEYS = ("openclaw:default", "moltbot:a", "moltbot:b", "moltbot:c", "pid 7", "clawdbot:d", "openclaw:new")
DRAWING = Drawing((), tuple((Piece(key),) for key in KEYS), KEYS, ())
NEW = frozenset({"openclaw:new"})


def shown(drawing: Drawing) -> list[str]:
    return ["".join(piece.text for piece in lane) for lane in drawing.lanes]


def test_the_same_product_stays_then_the_nearest_and_the_rest_is_counted() -> None:
    cropped = crop(DRAWING, NEW, 5)
    assert shown(cropped) == ["openclaw:default", "pid 7", "clawdbot:d", "openclaw:new", "  and 3 more"]
    assert len(cropped.keys) == len(cropped.lanes)


def test_what_finds_room_stays_as_it_is() -> None:
    assert crop(DRAWING, NEW, 7) is DRAWING
    assert shown(crop(DRAWING, NEW, 6))[-1] == "  and 2 more"
