"""Installed products are found by their commands and packages, and never run."""

import json
from pathlib import Path

from claw_tui.instances.welcome import WaysToBegin, sections
from claw_tui.text.sections import lay_out
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.onboarding.installed import InstalledProduct, installed_products
from tests.fixed_host import FixedHost

OPENCLAW = InstalledProduct("OpenClaw", "/usr/bin/openclaw", "2026.9.6")
MOLTBOT = InstalledProduct("Moltbot", "/usr/bin/moltbot", None)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_a_command_is_told_with_the_version_of_its_package_and_is_not_run(tmp_path: Path) -> None:
    package, bin_dir = tmp_path / "lib" / "openclaw", tmp_path / "bin"
    program(package / "dist" / "cli.js", f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": "2026.9.6"}))
    program(bin_dir / "moltbot", f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    (bin_dir / "openclaw").symlink_to(package / "dist" / "cli.js")
    (bin_dir / "clawdbot").write_text("not executable")
    host = FixedHost(tmp_path, environment={"PATH": str(bin_dir)})
    found = {one.title: (one.path, one.version) for one in installed_products(host.host(), built_in_distributions())}
    assert found == {
        "OpenClaw": (str(bin_dir / "openclaw"), "2026.9.6"),
        "Moltbot": (str(bin_dir / "moltbot"), None),
    }
    assert not (tmp_path / "was-run").exists()


def told(ways: WaysToBegin) -> str:
    lines = lay_out(sections(built_in_distributions(), None, ways), 100)
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def test_the_welcome_begins_with_the_first_gateway_where_a_product_is_installed() -> None:
    text = told(WaysToBegin("press d", "press n", (OPENCLAW,)))
    assert "press n           for your first gateway: OpenClaw 2026.9.6 is installed" in text
    assert text.index("press n") < text.index("press d")
    assert "install one" not in text
    several = told(WaysToBegin("press d", "press n", (OPENCLAW, MOLTBOT)))
    assert "OpenClaw 2026.9.6 and Moltbot are installed" in several


def test_without_a_product_the_welcome_says_how_to_get_one() -> None:
    assert "npm install -g openclaw" in told(WaysToBegin("press d", "press n"))
    read_only = told(WaysToBegin("press d", "", (OPENCLAW,)))
    assert ("OpenClaw 2026.9.6 is installed" in read_only, "press n" in read_only) == (True, False)
