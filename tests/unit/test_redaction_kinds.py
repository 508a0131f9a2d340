"""Every way in which a secret is told, and every ordinary line that stays as it is."""

import random
import re
import string
from pathlib import Path

import pytest

from gateway_core.redaction.commands import redact_command
from gateway_core.redaction.line_redactor import LineRedactor
from gateway_core.redaction.names import REDACTED
from gateway_core.redaction.shapes import SHORTEST, Pattern, Prefix, shapes
from gateway_core.redaction.text import redact
from tests.canaries import Canaries
from tests.secret_kinds import AUTHORIZATION, IN_STRUCTURE, IN_TEXT, SHAPED, SHORT_IN_TEXT

ORDINARY = (Path(__file__).parent.parent / "data" / "ordinary_lines.txt").read_text("utf-8").splitlines()


def secrets() -> tuple[str, ...]:
    """Of letters alone, as a canary; short; long."""
    letters = Canaries().plant("here")
    return letters, "Zx9" + letters[:9], "".join(random.choices(string.ascii_letters + string.digits, k=40)) + "7"


@pytest.mark.parametrize("kind", [*IN_STRUCTURE, *AUTHORIZATION, *IN_TEXT])
def test_no_kind_of_secret_is_shown(kind: str) -> None:
    for secret in secrets():
        shown = redact(kind.replace("{}", secret))
        pieces = {secret[at : at + 6] for at in range(len(secret) - 5)}
        assert not [piece for piece in pieces if piece in shown], shown
        assert REDACTED in shown
        assert redact(shown) == shown


@pytest.mark.parametrize("kind", SHORT_IN_TEXT)
def test_no_short_secret_is_shown(kind: str) -> None:
    shown = redact(kind.replace("{}", SHORT_IN_TEXT[kind]))
    assert SHORT_IN_TEXT[kind] not in shown
    assert redact(shown) == shown


@pytest.mark.parametrize("kind", [*IN_STRUCTURE, *AUTHORIZATION, *IN_TEXT])
def test_no_kind_of_secret_is_shown_in_a_command(kind: str) -> None:
    for secret in secrets():
        assert secret not in redact_command(["node", "-e", kind.replace("{}", secret)])


@pytest.mark.parametrize("kind", IN_STRUCTURE)
def test_structure_is_read_wherever_it_stands(kind: str) -> None:
    secret = secrets()[0]
    text = kind.replace("{}", secret)
    for around in (f"12:00:01 [gateway] sent {text} in 3 ms", f'{{"0":"x","1":{text}}}', f"[{text},{text}]"):
        assert secret not in redact(around), around


@pytest.mark.parametrize("kind", [kind for kind in (*IN_STRUCTURE, *IN_TEXT) if "\n" in kind])
def test_no_kind_of_secret_is_shown_line_by_line(kind: str) -> None:
    for secret in secrets():
        redactor = LineRedactor()
        shown = [redactor.redact(line) for line in ("before it", *kind.replace("{}", secret).split("\n"), "behind it")]
        assert secret[:8] not in "\n".join(shown)
        assert (shown[0], shown[-1]) == ("before it", "behind it")


def test_ordinary_lines_stay_beside_each_other() -> None:
    redactor = LineRedactor()
    assert [redactor.redact(line) for line in ORDINARY] == ORDINARY
    assert redact("\n".join(ORDINARY)) == "\n".join(ORDINARY)


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_stay_as_they_are(line: str) -> None:
    assert redact(line) == line


def test_there_are_hundreds_of_ordinary_lines() -> None:
    assert len(set(ORDINARY)) > 300


@pytest.mark.parametrize("provider", [row["provider"] for row in (*shapes().prefixes, *shapes().patterns)])
def test_each_provider_has_a_secret_that_is_hidden_anywhere(provider: str) -> None:
    for _ in range(20):
        for secret in SHAPED[provider]():
            for text in (f"said {secret}", f'{{"x":"{secret}"}}', f"x={secret};", f"({secret})", f"a\n{secret}\nb"):
                assert secret[-12:] not in redact(text), text


def test_the_table_of_secrets_has_no_provider_too_many() -> None:
    assert set(SHAPED) == {row["provider"] for row in (*shapes().prefixes, *shapes().patterns)}


@pytest.mark.parametrize("row", [*shapes().prefixes])
def test_a_row_of_prefixes_says_what_it_must(row: Prefix) -> None:
    assert set(row) - {"words"} == {"provider", "begins", "characters", "at_least"}
    assert row["begins"]
    assert all(begin and len(begin) + row["at_least"] >= SHORTEST for begin in row["begins"])


@pytest.mark.parametrize("row", [*shapes().patterns])
def test_a_row_of_patterns_says_what_it_must(row: Pattern) -> None:
    assert set(row) == {"provider", "needs", "at_least", "pattern"}
    assert row["at_least"] >= SHORTEST
    re.compile(row["pattern"])


@pytest.mark.parametrize("name", ["re_exported_by_the_other_module", "npm_config_user_agent"])
def test_names_that_only_begin_like_a_secret_stay(name: str) -> None:
    assert redact(f"see {name}") == f"see {name}"
