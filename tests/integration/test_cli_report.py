"""The report: one file with the whole picture, which never replaces another."""

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from tests.program import claw_tui


async def test_the_report_holds_the_whole_picture_of_a_host(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "busy", faults=Faults(failing=("discord",)))
    demo_home.add_profile("clawdbot", "cb")
    done = await claw_tui(demo_home.environment, "report")
    assert (done.code, done.errors) == (0, "")
    report = (demo_home.home / "claw-tui-report.md").read_text("utf-8")
    titles = [line for line in report.splitlines() if line.startswith("#")]
    assert titles[1:] == ["## Instances", "## Ports and conflicts", "## Audit and drift", "## Last errors in the logs"]
    assert "openclaw:busy" in report
    assert "discord" in report
    assert "clawdbot:cb" in report
    assert str(demo_home.home) not in report, "the home's path names its user"
    assert report.count("````") == 8


async def test_a_file_that_exists_is_kept(demo_home: DemoHome) -> None:
    mine = demo_home.home / "mine.md"
    mine.write_text("mine")
    done = await claw_tui(demo_home.environment, "report", "-o", "mine.md")
    assert done.code == 1
    assert "kept as it is" in done.errors
    assert mine.read_text() == "mine"


async def test_a_place_that_cannot_be_written_is_said(demo_home: DemoHome) -> None:
    done = await claw_tui(demo_home.environment, "report", "-o", "nowhere/at/all.md")
    assert done.code == 1
    assert "could not be written" in done.errors


async def test_a_dash_prints_it(demo_home: DemoHome) -> None:
    done = await claw_tui(demo_home.environment, "report", "-o", "-")
    assert done.output.startswith("# Gateways on ")
    assert not (demo_home.home / "-").exists()
