"""What a config is made of: `.env` files, ports and URLs."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.config.parsing import endpoint, parse_dotenv, port_from_variable


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("18789", 18789),
        (" 18789 ", 18789),
        ("localhost:18789", 18789),
        ("[::1]:18789", 18789),
        ("::1:18789", None),
        ("0", None),
        ("65536", None),
        ("-1", None),
        ("1e3", None),
        ("٣٤٥٦", None),
        ("9" * 100, None),
        (":1", None),
        ("", None),
        (None, None),
    ],
)
def test_ports_in_variables(text: str | None, port: int | None) -> None:
    assert port_from_variable(text) == port


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://127.0.0.1:9222", 9222),
        ("http://127.8.9.1:9222/path?x#y", 9222),
        ("http://LOCALHOST:9222", 9222),
        ("ws://[::1]:9222", 9222),
        ("http://localhost", 80),
        ("ws://localhost", 80),
        ("https://localhost", 443),
        ("wss://localhost/", 443),
    ],
)
def test_loopback_urls_pin_a_port_of_this_host(url: str, port: int) -> None:
    found = endpoint(url)
    assert found is not None
    assert (found.local_port, found.remote) == (port, False)


@pytest.mark.parametrize("url", ["http://192.0.2.1:9222", "wss://chrome.example", "http://127.0.0.1.example:1"])
def test_other_hosts_are_remote(url: str) -> None:
    found = endpoint(url)
    assert found is not None
    assert found.remote


@pytest.mark.parametrize(
    "url", ["", "localhost:9222", "ftp://localhost", "http://:9", "http://[", "http://h:0", "http://h:x"]
)
def test_what_is_no_such_url(url: str) -> None:
    assert endpoint(url) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("export A=1\n  B = two words  \n", {"A": "1", "B": "two words"}),
        ("# A=1\n\nB=2 # why\nC='#3' # why\n", {"B": "2", "C": "#3"}),
        ("A=\nB=''\n", {"A": "", "B": ""}),
        ("A=\"x\\ny\"\nB='x\\ny'\nC=`a\"b'c`", {"A": "x\ny", "B": "x\\ny", "C": "a\"b'c"}),
        ('KEY="-----BEGIN\nabc=\n-----END"\nB=2', {"KEY": "-----BEGIN\nabc=\n-----END", "B": "2"}),
        ("A: yaml\n", {"A": "yaml"}),
        ("A=1\nA=2", {"A": "2"}),
        ("just words\n=5\n", {}),
        ('A="open\nB=2', {"A": '"open', "B": "2"}),
        ("A=a=b==\n", {"A": "a=b=="}),
        ("export =1\nexport: 2\nexport A=3", {"export": "2", "A": "3"}),
    ],
)
def test_assignments(text: str, expected: dict[str, str]) -> None:
    assert parse_dotenv(text) == expected


@pytest.mark.parametrize("unit", ["A='", 'A="\\"', "A=`'\"\n", " ", "A", "A=\\", "export ", "\n\n"])
def test_a_megabyte_of_anything_is_read_in_linear_time(unit: str) -> None:
    started = time.process_time()
    parse_dotenv(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 2


@given(
    st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), st.from_regex(r"[\w./:-]*", fullmatch=True))
)
def test_simple_values_survive(variables: dict[str, str]) -> None:
    assert parse_dotenv("\n".join(f"{name}={value}" for name, value in variables.items())) == variables
