"""What is made of the page that a port answers with: it may be anybody's."""

import pytest

from gateway_core.health.probes import page_title
from tests.pattern_attacks import MOST_GROWTH, growth


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (b"<html><head><title>OpenClaw Control</title>", "OpenClaw Control"),
        (b'<TITLE lang="en">\n Star &amp;\n Office </Title>', "Star & Office"),
        (b"<title>A</title><title>B</title>", "A"),
        (b"<title></title>", ""),
        (b"<title>Grue\xc3\xbf\xff</title>", "Grueÿ�"),
        (b"<title", None),
        (b"<title>OpenClaw Control", None),
        (b"title>OpenClaw Control</title>", None),
        (b"", None),
    ],
)
def test_the_title_of_a_page(page: bytes, title: str | None) -> None:
    assert page_title(page) == title


@pytest.mark.parametrize("piece", [b"<title", b"<title>", b"</title", b"<", b"&#9", b"&amp", b"<title>x</title"])
def test_the_time_to_find_it_grows_with_the_page(piece: bytes) -> None:
    assert growth(page_title, lambda size: piece * (size // len(piece))) <= MOST_GROWTH


def test_an_endless_title_is_cut_between_words() -> None:
    assert page_title(b"<title>" + b"word " * 9_000 + b"</title>") == " ".join(["word"] * 200)
    assert page_title(b"<title>&#" + b"9" * 9_000 + b";</title>") == ""
