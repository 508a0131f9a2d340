"""What a broken config still tells: all that is certain, and never what only may be."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.config.broken_text import certain_part
from gateway_core.config.parsing import JsonValue
from tests.config_files import Read, issues, read, state_dir

__all__ = ["read", "state_dir"]

VERSION = '"meta": {"lastTouchedVersion": "2026.9.6"}'
WHOLE = f'{{\n  {VERSION},\n  "gateway": {{"mode": "local", "port": 24000}}\n}}'

_names = st.text(st.sampled_from("ab:,'\"\\ \n{[😀é"), max_size=3)
_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | _names | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=12,
)
_trees = st.dictionaries(_names, _values, min_size=1, max_size=4)
_texts = st.builds(
    lambda tree, indent, ascii_only: (tree, json.dumps(tree, indent=indent, ensure_ascii=ascii_only)),
    _trees,
    st.sampled_from([None, 2, "\t"]),
    st.booleans(),
)


def is_part(part: JsonValue, whole: JsonValue) -> bool:
    """Whether all that a part tells is told by the whole; `null` tells nothing."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(item, whole[key]) for key, item in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        told = [item for item in whole if item is not None]
        return len(part) <= len(told) and all(map(is_part, part, told))
    return type(part) is type(whole) and part == whole


@given(text=_texts, data=st.data(), debris=st.sampled_from(["", "\0\0", "~", " ~", "<"]))
def test_a_file_that_was_cut_off_tells_nothing_that_the_whole_does_not(
    text: tuple[JsonValue, str], data: st.DataObject, debris: str
) -> None:
    tree, whole = text
    part = certain_part(whole[: data.draw(st.integers(0, len(whole)))] + debris)
    assert part is None or is_part(part, tree)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.booleans() | st.text("xy,"), min_size=2), st.data())
def test_a_comma_too_few_or_too_many_hides_nothing(tree: dict[str, JsonValue], data: st.DataObject) -> None:
    ends = [f"\n  {json.dumps(key)}: {json.dumps(value)}" for key, value in tree.items()]
    at = data.draw(st.integers(1, len(ends) - 1))
    for comma in ("", ",,", " , ,"):
        assert certain_part(f"{{{','.join(ends[:at])}{comma}{','.join(ends[at:])}\n}}") == tree


@pytest.mark.parametrize(
    "text",
    [
        WHOLE[:-1],
        WHOLE[:-2],
        WHOLE.replace("}\n}", ', "bind": "loo'),
        WHOLE.replace("}\n}", ', "auth": {"token": "CANARY", "mo'),
        WHOLE.replace("24000}", "24000,"),
        WHOLE.replace("24000}", "24000\n}, // a note\n/* and one that nev"),
        WHOLE + "}",
        WHOLE + "\0\0\0\0",
        WHOLE + "\n" + WHOLE.replace("24000", "18789"),
        "\ufeff" + WHOLE[:-1],
        WHOLE.replace("24000}\n", '24000},\n<<<<<<< HEAD\n  "x": 1,\n=======\n  "x": 2,\n>>>>>>> mine\n'),
        WHOLE.replace('},\n  "gateway"', '}\n  "gateway"'),
        WHOLE.replace('},\n  "gateway"', "} // a note\n  gateway"),
        WHOLE.replace('"local", "port"', '"local" "port"'),
        WHOLE.replace("},", "},,"),
        WHOLE.replace("}\n}", '}\n  "name": "say "hi" there"\n}'),
    ],
)
def test_port_and_version_are_told_where_they_are_readable(read: Read, text: str) -> None:
    reading = read(text)
    assert (reading.valid, reading.settings.port, reading.settings.version) == (False, 24000, "2026.9.6")
    assert "CANARY" not in str(reading)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE[: WHOLE.index("000")],
        WHOLE[: WHOLE.index("24000") + 5],
        WHOLE.replace("24000}\n}", "240\0\0\0\0"),
        WHOLE.replace("24000", "24 000"),
        WHOLE.replace("24000", "24,000"),
        WHOLE.replace("24000", "2400O"),
        WHOLE.replace("24000", '"24000"'),
        WHOLE.replace('"port"', '<<<<<<< HEAD\n"port"'),
        f'{{{VERSION}, "gateway": {{"mode": "local",',
        f'{{{VERSION}, "gateway": {{"port": 24000}}, "gateway": {{"mode": "local"',
    ],
)
def test_a_port_that_may_not_be_whole_is_not_believed(read: Read, text: str) -> None:
    reading = read(text)
    assert (reading.valid, reading.settings.port, reading.settings.version) == (False, None, "2026.9.6")


@pytest.mark.parametrize("text", ["", " \n", "\0\0\0", "//", "<html>", "}", "[" * 200, "{" * 200, "{'"])
def test_of_a_text_that_tells_nothing_no_setting_is_made_up(read: Read, text: str) -> None:
    reading = read(text)
    assert (reading.valid, reading.settings.port, reading.settings.version, len(reading.issues)) == (
        False,
        None,
        None,
        1,
    )


def test_a_text_that_a_quote_ends_too_early_is_not_told(read: Read) -> None:
    workspace = '{"agents": {"defaults": {"workspace": "/home/a"b/ws"}}}'
    assert read(workspace).settings.default_workspace is None
    assert certain_part('{"a": "he said "yes: no"", "b": 1}') == {}


def test_the_issue_is_what_broke_it_and_nothing_that_may_follow_from_that(read: Read) -> None:
    text = WHOLE.replace("}\n}", ', "tailscale": {"mode": "funnel"}, "bind": "${LATER}", "tls": {"enabled": ')
    assert list(issues(read(text)).values()) == [
        "The file is not valid JSON5: it ends too early, or something is not closed (line 3, column 107)."
    ]


def test_a_part_that_may_win_over_an_include_leaves_no_port_of_the_include(read: Read, state_dir: Path) -> None:
    (state_dir / "base.json").write_text('{"gateway": {"port": 24000}}')
    assert read('{"$include": "./base.json", "gateway": {"mode": "local"}}').settings.port == 24000
    reading = read('{"$include": "./base.json", "gateway": {"mode": "local", ')
    assert (reading.settings.mode, reading.settings.port) == ("local", None)
