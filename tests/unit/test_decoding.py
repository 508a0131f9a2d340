"""What anybody may have written is read strictly and within bounds: numbers, times, JSON, TOML."""

import ast
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway_core.decoding import (
    decode_model,
    encode_model,
    json_object,
    last_object,
    parse_json,
    parse_toml,
    span_s,
    whole_number,
)
from gateway_core.snapshot import Model, SupportDir
from gateway_core.timestamps import Timestamp, parse_timestamp, timestamp_at
from tests.source_tree import found_in_modules, nodes

RAW = {
    "json.loads", "json.load", "json.JSONDecoder", "tomllib.loads", "tomllib.load",
    "datetime.fromisoformat", "datetime.fromtimestamp", "datetime.strptime",
}  # fmt: skip
DECODERS = {
    "gateway_core/decoding.py",
    "gateway_core/timestamps.py",
    "gateway_core/redaction/shapes.py",  # a file of this package
    "gateway_core/redaction/structure.py",  # one string, which has neither numbers nor depth
}
DEMO = "gateway_core/demo/"  # it reads what it has written itself


class Dated(Model):
    """A model as one that is read from a file."""

    at: Timestamp
    share: float = 0


def raw_decoders(source: str) -> Iterator[int]:
    """The lines that decode in a way that is not strict, or can raise what nobody expects."""
    for node in nodes(source):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in RAW or name.endswith(".model_validate_json"):
                yield node.lineno


def raw_encoders(source: str) -> Iterator[int]:
    """The lines that encode a model in a way that fails for a name that is no UTF-8."""
    for node in nodes(source):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".model_dump_json"):
            yield node.lineno


def test_every_model_is_encoded_by_the_encoder() -> None:
    assert found_in_modules(raw_encoders, except_in={DEMO}) == {}
    assert list(raw_encoders("pass\nself._journal.model_dump_json(indent=1)")) == [2]


@pytest.mark.parametrize("name", ["usual", "café", "caf\udce9", "\ud800", 'a"\\\n'])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_model_comes_back_as_it_was_encoded(name: str, indent: int | None) -> None:
    text = encode_model(SupportDir(path=name, distribution=name), indent=indent)
    assert decode_model(SupportDir, text.encode()).path == name
    assert ("é" in text) == ("é" in name)


def test_everybody_decodes_by_the_strict_decoders() -> None:
    assert found_in_modules(raw_decoders, except_in={*DECODERS, DEMO}) == {}


@pytest.mark.parametrize("line", [*(f"{name}(text)" for name in sorted(RAW)), "Journal.model_validate_json(text)"])
def test_each_raw_decoder_is_noticed(line: str) -> None:
    assert list(raw_decoders(f"pass\n{line}")) == [2]
    assert list(raw_decoders("json.dumps(value); parse_json(text)")) == []


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "Infinity", "-Infinity", "[NaN]", "1e999", "-1e999", "9" * 25, "9" * 5000, "-" + "9" * 5000,
        "[" * 101 + "]" * 101, "[" * 200_000, '{"a":' * 101 + "1" + "}" * 101, '{"a":' * 50_000,
        "", " ", "{", "[1,]", "{'a': 1}", "01", "+1", ".5", "1.", '"\x01"', "nul", b"\xff", "\ufeff1", "\u0663",
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_what_is_no_json_or_beyond_all_bounds(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        parse_json(text)
    assert json_object(text) is None
    with pytest.raises(ValueError):  # noqa: PT011
        decode_model(Dated, text)


def test_the_last_object_is_one_that_is_read_alone_too() -> None:
    deepest = f'{{"a": {"[" * 99}{"]" * 99}}}'
    assert last_object(f"said {deepest} at last") == json_object(deepest) is not None
    assert last_object(f'first {{"b": 1}}, then {{"a": {deepest}}} at last') == {"b": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1" * 24, int("1" * 24)),
        ("1.5e300", 1.5e300),
        ("1e-999", 0.0),
        ("[" * 100 + "]" * 100, None),
        ('{"a": 1, "a": 2}', {"a": 2}),
        (b"\xef\xbb\xbf[1]", [1]),
        ('"[[{{"', "[[{{"),
        (json.dumps(["[" * 500]), ["[" * 500]),
    ],
)
def test_what_is_json(text: str | bytes, value: object) -> None:
    parsed = parse_json(text)
    assert value is None or parsed == value


def test_padding_counts_only_where_it_is_allowed() -> None:
    assert parse_json('  {"a": 1}\n\t \x00junk', padded=True) == {"a": 1}
    with pytest.raises(ValueError, match="Extra data"):
        parse_json('{"a": 1} x')
    with pytest.raises(ValueError, match="deeply"):
        parse_json("[" * 100_000, padded=True)


@given(st.text() | st.binary() | st.text(alphabet='{}[]",:0123456789eE+-.NaIfty \n'))
def test_no_text_makes_a_decoder_raise_anything_else(text: str | bytes) -> None:
    assert json_object(text) is None or isinstance(json_object(text), dict)
    if isinstance(text, str):
        assert whole_number(text) is None or text.isascii()
        assert (at := parse_timestamp(text)) is None or at.astimezone()
        with suppress(ValueError):
            parse_toml(text)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.floats(), st.lists, max_leaves=10))
def test_what_is_read_can_be_written_strictly(value: object) -> None:
    try:
        read = parse_json(json.dumps(value))
    except ValueError:
        return
    json.dumps(read, allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        f"a = {'9' * 5000}", f"a = {'[' * 5000}", f"a = {'{b=' * 5000}", f"a = {'[' * 5000}{']' * 5000}",
        "a." * 100_000 + "a = 1", f"[{'a.' * 30_000}a]", f"b = {{{'a.' * 30_000}a = 1}}",
        'a."\u2028".' * 200 + "a = 1", 'a."\x85".' * 200 + "a = 1",
        "x = '" + "y" * (64 << 10) + "'",
        "a", "\x00", "a = 1\na = 2",
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
@pytest.mark.timeout(10)
def test_what_is_no_toml_or_takes_too_long(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        parse_toml(text)


@pytest.mark.timeout(20)
def test_the_worst_toml_that_is_read_takes_a_moment() -> None:
    lines = (f"a{number}{'.a' * 99} = 1" for number in range(300))
    assert len(parse_toml("\n".join(lines))) == 300


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", " 1", "1\n", "\u00b2", "\u0663", "\uff11", "9" * 19, "9" * 5000, "1_000", None]
)
def test_what_is_no_whole_number(text: str | None) -> None:
    assert whole_number(text) is None
    assert whole_number("0042") == 42


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, -0.1, 10**400, 1e300, True, "1", None, [1]])
def test_what_is_no_span_of_time(value: object) -> None:
    assert span_s(value) is None
    assert span_s(value, 0.001) is None
    assert span_s(1500, 0.001) == 1.5


ABSURD = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00", "9999-12-31T23:59:59",
]  # fmt: skip


@pytest.mark.parametrize("text", [*ABSURD, "", "x", "2026-13-01", "9" * 400, 7, None, ["2026-01-01"]])
def test_what_is_no_moment(text: object) -> None:
    assert parse_timestamp(text) is None
    with pytest.raises(ValidationError):
        Dated.model_validate({"at": text if text != 7 else math.nan})


@pytest.mark.parametrize("text", ["0002-01-01T00:00:00+14:00", "9998-12-31T23:59:59-14:00", "2026-11-20T10:00:00"])
def test_every_moment_can_be_reckoned_with_in_every_zone(text: str) -> None:
    at = parse_timestamp(text)
    assert at is not None
    assert at.tzinfo is not None
    assert at.astimezone(UTC) - timedelta(days=300) < at.astimezone() < at + timedelta(days=300)


def test_a_moment_without_a_zone_is_no_moment_of_a_file() -> None:
    with pytest.raises(ValidationError):
        Dated.model_validate({"at": "2026-11-20T10:00:00"})
    assert Dated.model_validate({"at": "2026-11-20T10:00:00Z"}).at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("share", [math.nan, math.inf, -math.inf])
def test_no_model_holds_a_number_that_json_cannot_say(share: float) -> None:
    with pytest.raises(ValidationError):
        Dated(at=datetime.now(UTC), share=share)


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e300, -1e300, 0, 1.5, 4e11])
def test_every_count_of_seconds_is_some_moment(seconds: float) -> None:
    at = timestamp_at(seconds)
    assert at.astimezone() == at
    assert timestamp_at(60) == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
