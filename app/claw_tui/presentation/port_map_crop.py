"""A port map that finds less room than it has lanes: those that matter to the chosen one, and how many more."""

from __future__ import annotations

from dataclasses import replace

from claw_tui.presentation.cells import Tone
from claw_tui.presentation.port_map_text import Drawing
from claw_tui.presentation.sections import Piece


def crop(drawing: Drawing, chosen: frozenset[str], rows: int) -> Drawing:
    """In so many rows: the chosen lanes, those of the same product, the nearest; the last row counts the rest."""
    lanes = len(drawing.lanes)
    if lanes <= rows or rows <= 1:
        return drawing
    middle = next((row for row, key in enumerate(drawing.keys) if key in chosen), 0)
    products = {_product(key) for key in chosen}

    def distance(row: int) -> tuple[bool, bool, int]:
        key = drawing.keys[row]
        return key not in chosen, _product(key) not in products, abs(row - middle)

    kept = sorted(sorted(range(lanes), key=distance)[: rows - 1])
    more = (Piece(f"  and {lanes - len(kept)} more", Tone.MUTED),)
    return replace(
        drawing,
        lanes=(*(drawing.lanes[row] for row in kept), more),
        keys=(*(drawing.keys[row] for row in kept), ""),
    )


def _product(key: str) -> str:
    return key.partition(":")[0]
