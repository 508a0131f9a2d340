"""How facts are laid out in lines."""

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Line, Piece, Section, lay_out


def called(line: Line) -> str:
    """What of the line can be clicked."""
    return "".join(piece.text for piece in line if piece.call)


def test_a_piece_of_several_words_can_be_clicked_all_over_also_where_it_is_wrapped() -> None:
    piece = Piece("resume: go on with it", Tone.NORMAL, "screen.resume")
    facts = (Fact("N", (piece, Piece("and more"))),)
    _, line = lay_out((Section("", facts),), 60, 2)
    assert called(line) == piece.text
    _, *lines = lay_out((Section("", facts),), 20, 2)
    assert " ".join(filter(None, map(called, lines))) == piece.text
