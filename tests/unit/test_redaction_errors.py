"""An error that nobody expected becomes words at a boundary: what it quotes may be a secret."""

import re
from pathlib import Path
from uuid import uuid4

import claw_tui
import gateway_core
from gateway_core.redaction.errors import error_in_words
from gateway_core.redaction.names import REDACTED


def test_an_error_is_told_by_its_kind_and_first_line_without_secrets() -> None:
    secret = uuid4().hex
    error = ValueError(f"bad token={secret} here\ninput_value={secret!r}")
    assert error_in_words(error) == f"ValueError: bad token={REDACTED} here"
    assert error_in_words(OSError("no\x1b]0;title\x07 entry")) == "OSError: no entry"
    assert error_in_words(TimeoutError()) == "TimeoutError"


def test_errors_become_words_in_one_place() -> None:
    roots = [Path(package.__path__[0]) for package in (gateway_core, claw_tui)]
    files = [file for root in roots for file in root.rglob("*.py")]
    assert len(files) > 200
    found = [file.name for file in files if re.search(r"\{type\(\w+\)\.__name__\}: \{", file.read_text("utf-8"))]
    assert found == ["errors.py"]
