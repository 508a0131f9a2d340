"""Secrets that go over several lines of a log, read in both directions, from any point, and through filters."""

import asyncio
import base64
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.logs.file_lines import BLOCK
from gateway_core.logs.lines import LogFilter
from gateway_core.logs.output import LogMark, presentable
from gateway_core.logs.view import LogView
from gateway_core.redaction.line_redactor import LineRedactor
from tests.canaries import Canaries
from tests.fixed_host import FixedHost
from tests.log_files import ALONE, BEGIN, append, file_log, vendor_line


def key_lines(width: int) -> list[str]:
    """A private key as it is printed; no real one."""
    body = base64.b64encode(random.randbytes(700)).decode()
    pieces = [body[at : at + width] for at in range(0, len(body), width)]
    kind = random.choice(("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))
    return [f"-----BEGIN {kind}PRIVATE KEY-----", *pieces, f"-----END {kind}PRIVATE KEY-----"]


def plain(lines: Sequence[str]) -> list[str]:
    return list(lines)


def stamped(lines: Sequence[str]) -> list[str]:
    return [f"2026-11-20T09:00:{at % 60:02}.000Z [gateway] {line}" for at, line in enumerate(lines)]


def records(lines: Sequence[str]) -> list[str]:
    return [vendor_line(line, after=at) for at, line in enumerate(lines)]


def stamped_records(lines: Sequence[str]) -> list[str]:
    return records([f"[vendor] {line}" for line in lines])


FORMS = pytest.mark.parametrize("form", [plain, stamped, records, stamped_records])


async def shown_of(tmp_path: Path, path: Path, *, pattern: str = "", until: float | None = None) -> str:
    """All that is there of a log: what was there, page by page, and what comes after."""
    only = LogFilter(pattern=pattern)
    at = None if until is None else BEGIN + timedelta(seconds=until)
    host = FixedHost(tmp_path).host()
    shown: list[str] = []
    async with asyncio.timeout(20), LogView([file_log(path)], host, [ALONE.instance], only=only, until=at) as view:
        while page := await view.older(3):
            shown = [line.message for line in page] + shown
        if until is not None:
            shown += [line.message for line in await anext(view.follow())]
    return "\n".join(shown)


def leaked(pieces: Sequence[str], shown: str) -> list[str]:
    return [piece for piece in pieces if piece in shown]


@FORMS
@pytest.mark.parametrize("width", [64, 76, 24, 12])
async def test_no_line_of_a_private_key_is_shown(tmp_path: Path, form: object, width: int) -> None:
    assert callable(form)
    key = key_lines(width)
    log = tmp_path / "gateway.log"
    append(log, *form(["before it", *key, "behind it"]))
    shown = await shown_of(tmp_path, log)
    assert leaked(key[1:-1], shown) == []
    assert "before it" in shown
    assert "behind it" in shown


@FORMS
@pytest.mark.parametrize("width", [64, 24])
async def test_no_line_is_found_by_searching_for_it(tmp_path: Path, form: object, width: int) -> None:
    assert callable(form)
    key = key_lines(width)
    log = tmp_path / "gateway.log"
    filling = [f"nothing {number} to be seen" for number in range(3 * BLOCK // 150)]
    append(log, *form([*filling, *key, *filling]))
    for piece in (*key[1:3], key[-2]):
        assert await shown_of(tmp_path, log, pattern=piece[:8].replace("+", r"\+")) == ""


@pytest.mark.parametrize("form", [stamped, records])
@pytest.mark.parametrize("width", [64, 24])
async def test_a_window_that_begins_within_a_key_shows_none_of_it(tmp_path: Path, form: object, width: int) -> None:
    assert callable(form)
    key = key_lines(width)
    log = tmp_path / "gateway.log"
    append(log, *form(["before it", *key, "behind it"]))
    for until in (3, 8, len(key) - 2):
        shown = await shown_of(tmp_path, log, until=until)
        assert leaked(key[1:-1], shown) == [], until
        assert "behind it" in shown


@FORMS
@pytest.mark.parametrize(
    "lines",
    [
        ("gateway token:", "{}"),
        ("password =", "    {}"),
        ("api_key: |", "  {}"),
        ("--token", "{}"),
        ('"token":', '"{}",'),
        ('"name": "token",', '"value": "{}"'),
        ("secrets:", "- {}"),
    ],
)
async def test_no_value_below_its_name_is_shown(tmp_path: Path, form: object, lines: Sequence[str]) -> None:
    assert callable(form)
    secret = Canaries().plant("here")
    log = tmp_path / "gateway.log"
    told = [line.replace("{}", secret) for line in lines]
    append(log, *form(["before it", *told, "behind it"]))
    shown = await shown_of(tmp_path, log)
    assert secret[:8] not in shown
    assert secret[:8] not in await shown_of(tmp_path, log, pattern=secret[:8])
    assert secret[:8] not in "\n".join(presentable(log.read_text()))
    assert shown.splitlines()[0].endswith("before it")
    assert shown.endswith("behind it")


async def test_the_line_before_counts_where_blocks_of_no_worth_are_left_out(tmp_path: Path) -> None:
    secret = Canaries().plant("here")
    log = tmp_path / "gateway.log"
    size = 2 * BLOCK
    behind = "behind it"
    filling = "x " * 40
    append(log, *[filling] * (size // 81), "gateway token:", secret)
    left = BLOCK - len(secret) - 1  # so that the value is the first line of a block, cut by its beginning
    append(log, *[filling] * (left // 81), "y" * max(1, left % 81 + 8), behind)
    assert await shown_of(tmp_path, log, pattern=secret[:8]) == ""


async def test_what_is_followed_goes_on_from_the_line_before(tmp_path: Path) -> None:
    secret = Canaries().plant("here")
    log = tmp_path / "gateway.log"
    append(log, "gateway token:")
    async with asyncio.timeout(20), LogView([file_log(log)], FixedHost(tmp_path).host(), [ALONE.instance]) as view:
        append(log, secret, "behind it")
        news = [line.message for line in await anext(view.follow())]
    assert news == ["[redacted]", "behind it"]


def test_the_last_lines_of_output_begin_with_a_whole_one(tmp_path: Path) -> None:
    secret = Canaries().plant("here")
    log = tmp_path / "gateway.log"
    mark = LogMark.at_end_of(log)
    log.write_text(f"{'x ' * 5000}token={secret * 400}\nthe end\n")
    assert mark.news() == ("the end",)


def test_lines_are_redacted_as_they_come() -> None:
    key = key_lines(24)
    redactor = LineRedactor()
    shown = [redactor.redact(line) for line in ["a", *key, "b c", "token:", "hunter2!", "done"]]
    assert leaked([*key[1:-1], "hunter2!"], "\n".join(shown)) == []
    assert [shown[0], shown[-1]] == ["a", "done"]


def test_a_message_is_cut_after_it_was_redacted(tmp_path: Path) -> None:
    secret = Canaries().plant("here")
    log = tmp_path / "gateway.log"
    append(log, vendor_line(f'{{"value":"{secret}","filling":"{"x " * 6000}","name":"token"}}'))
    shown = asyncio.run(shown_of(tmp_path, log))
    assert len(shown) < 9000
    assert secret[:8] not in shown
