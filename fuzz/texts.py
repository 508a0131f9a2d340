"""Redaction, filters, what is typed into the wizard, numbers in words, sentences, and who asks a web server."""

from hypothesis import strategies as st

from claw_tui.cli.tables.plain_sentences import closed, said
from claw_tui.cli.web_dashboard import Resized, Typed, parse_message
from claw_tui.cli.web_guard import Guard, is_address
from claw_tui.text.filtering import parse_filter
from claw_tui.text.values import clean, cut, pad, shorten, width
from fuzz.logs import LINES
from fuzz.model import assert_shown_safely, fuzzes
from fuzz.strategies import mutated, texts
from gateway_core.discovery.naming import is_profile_name
from gateway_core.redaction.terminal import printable
from gateway_core.redaction.text import redact


@fuzzes("gateway_core.redaction", inputs=mutated(LINES).map(lambda data: data.decode("utf-8", "replace")) | texts)
def redaction(text: str) -> None:
    redacted = redact(text)
    assert redact(redacted) == redacted
    assert_shown_safely(redacted.replace("\n", "").replace("\t", ""), printable(text))


@fuzzes("claw_tui.text.filtering", inputs=st.tuples(texts, texts))
def row_filters(drawn: tuple[str, str]) -> None:
    typed, text = drawn
    found = parse_filter(typed)
    picked = found.pick([text], str)
    assert picked in ([], [text])
    assert picked or found.error is None, "what is no filter lets everything through"
    turned = parse_filter(typed[1:] if found.inverse else f"!{typed}")
    others = turned.pick([text], str)
    if found.pattern and turned.pattern and found.inverse is not turned.inverse and not (found.error or turned.error):
        assert bool(picked) is not bool(others)


@fuzzes("claw_tui.text.values", inputs=st.tuples(texts, st.integers(0, 30)))
def cells(drawn: tuple[str, int]) -> None:
    text, columns = drawn
    safe = clean(text)
    assert_shown_safely(safe.replace("\u00a0", "").replace("\u3000", ""))
    assert width(shorten(safe, columns)) <= columns
    assert width(cut(safe, columns)) <= columns
    assert width(pad(safe, columns)) == columns


@fuzzes("gateway_core.discovery.naming", inputs=texts)
def what_is_typed(text: str) -> None:
    if is_profile_name(text):
        assert text.isascii()
        assert text.isprintable()


@fuzzes("claw_tui.cli.tables.plain_sentences", inputs=texts)
def sentences(text: str) -> None:
    spoken = closed(said(clean(text)))
    assert_shown_safely(spoken.replace("\u00a0", "").replace("\u3000", ""))
    assert "  " not in spoken


_HOSTS = st.sampled_from(("127.0.0.1:8000", "localhost:8000", "[::1]:8000", "evil.example:8000", "mini:8000", "null"))


@fuzzes("claw_tui.cli.web_guard", inputs=st.tuples(_HOSTS | texts, _HOSTS.map("http://{}".format) | texts | st.none()))
def requests_from_elsewhere(drawn: tuple[str, str | None]) -> None:
    host, origin = drawn
    if Guard("127.0.0.1", 8000).refuses(host, origin, is_socket=True) is None:
        name, _, port = host.rpartition(":")
        assert (origin, port) == (f"http://{host}", "8000")
        assert name == "localhost" or is_address(name.strip("[]"))


_MESSAGES = (b'["stdin", "a\\ud83d"]', b'["resize", {"width": 80, "height": 24}]', b'["ping", 1.5]', b'["blur"]')


@fuzzes(
    "claw_tui.cli.web_dashboard", inputs=mutated(_MESSAGES).map(lambda data: data.decode("utf-8", "replace")) | texts
)
def messages_of_a_page(text: str) -> None:
    message = parse_message(text)
    if isinstance(message, Typed):
        message.keys.decode("utf-8")
    if isinstance(message, Resized):
        assert 1 <= message.width <= 1000
        assert 1 <= message.height <= 1000
