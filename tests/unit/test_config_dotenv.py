import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.config.dotenv import parse_dotenv


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
