"""Inputs: real samples with something wrong in them, and what nobody would write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import strategies as st

DATA = Path(__file__).parents[1] / "tests" / "data"

HOSTILE = (
    b"\0", b"\xff\xfe", b"\x1b[31m", b"\x1b]0;x\x07", b"\r\n", b"\n", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b":",
    b"=", b",", b"%", b"%%", b"%h", b"${A}", b"${A:-${A}}", b"$include", b"#", b";", b"/*", b"//", b"\\ud800", b"\\x",
    b"\\777", b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"9" * 5000, b"-1", b"0x", b"1" * 19, b"4294967296", b"true",
    b"null", b"{}", b"[]", b"[" * 3000, b'{"a":' * 3000, b"(" * 200, b"../", b"~", b"/", b"a" * 5000, "漢".encode(),
    "\u202e".encode(), "\u2028".encode(), "٣".encode(), b"<title>" * 50, b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00", b"token=", b"Authorization: ", b"-----BEGIN PRIVATE KEY-----", b"[Service]\n",
)  # fmt: skip
"""Pieces that are put into samples."""

texts = st.text(st.characters(codec=None), max_size=60) | st.sampled_from([one.decode("latin-1") for one in HOSTILE])
numbers = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 1 << 16, 1 << 31, 1 << 63, 1 << 64, 10**400, -(10**400), 18789, 65535])
)
_HUGE = "5000 digits"
"""What becomes such a number in JSON: Python writes none of more than 4300, not even in a report."""
huge = st.just(_HUGE)
ports = st.integers(-1, 70_000) | numbers
lines = st.text(st.characters(codec="utf-8"), max_size=60)


def sample(*names: str) -> list[bytes]:
    return [(DATA / name).read_bytes() for name in names]


def mutated(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the samples with a few things put in, taken out or doubled, or cut short; or bytes of no meaning."""
    place = st.floats(0, 1)
    change = st.tuples(st.sampled_from(("put", "put", "cut", "double", "end", "flip")), place, place, _pieces())
    changed = st.tuples(st.sampled_from(samples), st.lists(change, max_size=4)).map(_changed)
    return changed | st.binary(max_size=200) | st.sampled_from(samples)


def _pieces() -> st.SearchStrategy[bytes]:
    return st.sampled_from(HOSTILE) | st.binary(max_size=8)


def _changed(drawn: tuple[bytes, list[tuple[str, float, float, bytes]]]) -> bytes:
    data, changes = drawn
    for how, from_share, to_share, piece in changes:
        begin, end = sorted((int(from_share * len(data)), int(to_share * len(data))))
        end = min(end, begin + 200)
        match how:
            case "put":
                data = data[:begin] + piece + data[begin:]
            case "cut":
                data = data[:begin] + data[end:]
            case "double":
                data = data[:end] + data[begin:end] * 3 + data[end:]
            case "end":
                data = data[:end]
            case _:
                data = data[:begin] + piece + data[begin + len(piece) :]
    return data[:200_000]


def json_values(keys: Sequence[str], *, leaves: st.SearchStrategy[object] | None = None) -> st.SearchStrategy[object]:
    """JSON of any shape, mostly with these keys."""
    leaf: st.SearchStrategy[object] = st.none() | st.booleans() | numbers | texts | huge
    leaf = leaf if leaves is None else leaf | leaves
    named = st.sampled_from(keys) | texts
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(named, inner, max_size=5), max_leaves=12
    )


def json_documents(
    fields: Mapping[str, st.SearchStrategy[object]], keys: Sequence[str] = ("id", "name", "path", "a")
) -> st.SearchStrategy[bytes]:
    """An object with these fields, each mostly of its own kind, some missing, and others beside them."""
    odd = json_values((*fields, *keys))
    usual = st.fixed_dictionaries({}, optional={name: kind | kind | odd for name, kind in fields.items()})
    both = st.tuples(usual, st.dictionaries(texts, odd, max_size=2))
    return both.map(lambda pair: {**pair[1], **pair[0]}).map(encoded)


def encoded(value: object) -> bytes:
    """As Python writes it: with `NaN`, and with halves of characters as escapes."""
    return json.dumps(value).replace(f'"{_HUGE}"', "9" * 5000).encode()


def words(*usual: str) -> st.SearchStrategy[tuple[str, ...]]:
    """A command line of these words and others."""
    return st.lists(st.sampled_from(usual) | texts, max_size=8).map(tuple)


def with_lines(*usual: str) -> st.SearchStrategy[str]:
    """Text whose lines are mostly these."""
    return st.lists(st.sampled_from(usual) | lines, max_size=12).map("\n".join)
