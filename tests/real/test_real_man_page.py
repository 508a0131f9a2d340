"""The man page as the readers of man pages show it: man-db with groff, and mandoc, which lints."""

import os
import subprocess
from pathlib import Path

import pytest

from claw_tui.cli.main import cli
from claw_tui.cli.man_page import man_page
from tests.real.debian import installed

pytestmark = pytest.mark.real


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "claw-tui.1"
    path.write_text(man_page(cli, "claw-tui", "1.2.3", "2026-11-30"))
    return path


def test_man_shows_it_without_a_warning(page: Path) -> None:
    man = installed("man-db", "man")
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MANWIDTH": "100", "MANROFFOPT": "-ww"}
    done = subprocess.run(
        (man, "--local-file", "--warnings", page), env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "claw-tui wait rescue --until running && deploy" in done.stdout
    assert "CLAW_TUI_PLAIN" in done.stdout


def test_mandoc_finds_nothing_wrong(page: Path) -> None:
    mandoc = installed("mandoc")
    done = subprocess.run((mandoc, "-T", "lint", "-W", "warning", page), capture_output=True, text=True, timeout=60)
    assert done.stdout + done.stderr == ""
