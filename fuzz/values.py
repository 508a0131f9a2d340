"""JSON, TOML, numbers and times, as every parser reads them."""

import json
from datetime import timedelta

from hypothesis import strategies as st

from fuzz.model import fuzzes
from fuzz.records import OPENCLAW_TOML, SETTINGS
from fuzz.strategies import encoded, json_values, mutated, numbers, sample, texts
from gateway_core.decoding import json_object, last_object, parse_json, parse_toml, span_s, whole_number
from gateway_core.timestamps import parse_timestamp, timestamp_at
from tests.documents import strictly_parsed

JSON = mutated(sample("health/readyz.json", "health/startupz.json")) | json_values(("a", "b")).map(encoded)
TIMES = texts | st.sampled_from(
    ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20T10:00:00", "2026-W47-5", "20261120T10")
)


@fuzzes("gateway_core.decoding", inputs=JSON)
def json_texts(data: bytes) -> None:
    for padded in (False, True):
        try:
            value = (
                parse_json(data, padded=padded)
                if not padded
                else parse_json(data.decode("utf-8", "replace"), padded=True)
            )
        except ValueError:
            continue
        strictly_parsed(json.dumps(value, allow_nan=False))
    found = json_object(data)
    assert found is None or isinstance(found, dict)
    last = last_object(data.decode("utf-8", "replace"))
    assert last is None or isinstance(last, dict)


@fuzzes("gateway_core.decoding", inputs=mutated([SETTINGS, OPENCLAW_TOML]), share=0.3)
def toml_texts(data: bytes) -> None:
    try:
        parse_toml(data.decode("utf-8", "replace"))
    except ValueError:
        return


@fuzzes("gateway_core.decoding", inputs=st.tuples(texts | st.integers().map(str), numbers | texts))
def numbers_in_words(drawn: tuple[str, object]) -> None:
    text, value = drawn
    number = whole_number(text)
    assert number is None or 0 <= number < 10**18
    seconds = span_s(value)
    assert seconds is None or timedelta(seconds=seconds) >= timedelta(0)


@fuzzes("gateway_core.timestamps", inputs=st.tuples(TIMES | numbers, st.floats() | st.integers()))
def times(drawn: tuple[object, float]) -> None:
    text, seconds = drawn
    for at in (parse_timestamp(text), timestamp_at(seconds)):
        if at is not None:
            assert at.astimezone().isoformat()
            assert at + timedelta(days=1) > at - timedelta(days=1)
