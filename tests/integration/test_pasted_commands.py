"""Commands that claw-tui shows, pasted into real shells: each runs its own argv, whatever the names in it hold."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from claw_tui.audit.text import copyables
from claw_tui.audit.text import sections as audit_sections
from claw_tui.cli.tables.layout import TableStyle, fact_lines
from claw_tui.cli.tables.onboarding import plan_lines
from claw_tui.onboarding.text import next_commands
from claw_tui.operations.confirmation_text import before_ending
from claw_tui.operations.text import keeping_command
from claw_tui.text.unlisted import listing_command
from gateway_core.audit.model import AuditItem, AuditReport, Result, warned, worded_command
from gateway_core.audit.run import Check, item_of
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.lifecycle.invocation import start_command
from gateway_core.lifecycle.runner import service_command_by_hand
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.operations import Operation
from gateway_core.processes.supervisors import supervision_of
from gateway_core.redaction.commands import LONGEST_COMMAND
from gateway_core.services.managers import manager_named
from gateway_core.shell_commands import own_command, shell_command
from gateway_core.snapshot import ServiceSignal, Signals, State, SupportDir
from tests.audited_host import AuditedHost
from tests.fixed_host import FixedHost
from tests.onboarding import planned_at
from tests.pasting import HOSTILE, SHELLS, UNPASTEABLE, Pasting
from tests.snapshots import instance, signals

Place = Callable[[Path, str], tuple[str, list[str]]]
"""From a name that anybody may have chosen to what is shown, and the argv that it has to run."""
FILE_NAMES = [name.replace("/", "_") for name in HOSTILE if name]


def after(lead: str, text: str) -> str:
    assert lead in text
    return text.partition(lead)[2]


def left_out(_: Path, name: str) -> tuple[str, list[str]]:
    shown = listing_command(SupportDir(distribution="openclaw", path=f"/srv/{name}", kind="ignored"))
    return shown or "", ["claw-tui", "add", "--config", f"/srv/{name}"]


def keeping(_: Path, name: str) -> tuple[str, list[str]]:
    passing = instance("x", found_by=("process",), config_path=f"/{name}", state_dir=name)
    words = ["claw-tui", "add", "--config", f"/{name}", *(("--state-dir", name) if name else ())]
    return keeping_command(passing) or "", [*words, "--distribution", "openclaw"]


def confirmation(_: Path, name: str) -> tuple[str, list[str]]:
    service = ServiceSignal(
        manager="systemd-user", name=name, active="active", enabled=True, restarts=0, path="/u", main_pid=77
    )
    asked = before_ending(
        Operation.STOP,
        [instance("x", pid=77, signals=signals(77).model_copy(update={"service": service}))],
        frozenset(),
        1000,
        lambda _: None,
    )
    texts = [
        piece.text for part in asked.sections for fact in part.facts if fact.label == "runs" for piece in fact.pieces
    ]
    return after("$ ", texts[0]), list(manager_named("systemd-user", 1000).command("stop", name))


def stop_by_hand(_: Path, name: str) -> tuple[str, list[str]]:
    """Only root may give it, and its name is longer than what is shown of the command line of a process."""
    manager, long = manager_named("systemd-system", 1000), name + "x" * LONGEST_COMMAND
    service = ServiceSignal(manager=manager.name, name=long, active="active", enabled=True, restarts=0, path="/u")
    shown = service_command_by_hand(Operation.STOP, service, 1000)
    return str(shown), ["sudo", *manager.command("stop", long)]


def start(directory: Path, name: str) -> tuple[str, list[str]]:
    host = FixedHost(directory, environment={"PATH": "/usr/bin"})
    down = instance("x", state=State.STOPPED, state_dir=f"/{name}", config_path=f"/{name}/c", home=str(host.home))
    odd = down.model_copy(update={"command": "openclaw", "signals": Signals(), "profile": None})
    shown = start_command(host.host(), built_in_distributions(), odd)
    assert shown is not None
    return shown, ["openclaw", "gateway", "--port", "18789"]


def removal(_: Path, name: str) -> tuple[str, list[str]]:
    manager = manager_named("systemd-user", 1000)
    end_of_options = ["--"] if name.startswith("-") else []
    as_root = manager_named("systemd-system", 1000).removal_command(name, Path("/u"))
    assert as_root.argv == ("sudo", "systemctl", "disable", "--now", *end_of_options, name)
    shown = str(manager.removal_command(name, Path("/u")))
    return shown, ["systemctl", "--user", "disable", "--now", *end_of_options, name]


def removal_of_job(_: Path, name: str) -> tuple[str, list[str]]:
    shown = manager_named("launchd-agent", 501).removal_command("label", Path("/L") / name)
    return str(shown), ["launchctl", "bootout", "gui/501", str(Path("/L") / name)]


def supervisor(directory: Path, name: str) -> tuple[str, list[str]]:
    fixed = FixedHost(directory)
    fixed.add_process(50, "PM2 v5.3.0: God Daemon (/home/me/.pm2)")
    gateway = fixed.add_process(51, "openclaw-gateway", parent=50)
    fixed.processes.environments[51] = {"name": name}
    found = supervision_of(fixed.host(), gateway, {info.pid: info for info in fixed.processes.processes})
    assert found is not None
    if name.startswith("-"):
        assert found.stop is None
        return "pm2 stop", ["pm2", "stop"]
    return found.stop or "", ["pm2", "stop", name or "NAME"]


def hint(_: Path, name: str) -> tuple[str, list[str]]:
    return str(own_command("stop", f"openclaw@{name}")), ["claw-tui", "stop", f"openclaw@{name}"]


def bare_id(_: Path, name: str) -> tuple[str, list[str]]:
    return str(own_command("stop", name)), ["claw-tui", "stop", *(["--"] if name.startswith("-") else []), name]


def remedy_of_the_audit(_: Path, name: str) -> tuple[str, list[str]]:
    """On a narrow terminal, too: broken in parts or shortened it would be another command."""
    command = shell_command(("chmod", "600", f"/srv/{name}", "/srv/" + "long-" * 40))
    item = AuditItem(
        instance=None, check="secrets", result=Result.FAIL, evidence="open", remedy=str(command), command=str(command)
    )
    lines = fact_lines(audit_sections(AuditReport(items=(item,)), (), every=False), TableStyle(width=40), 9)
    (line,) = [line for line in lines if "long-" in line]
    return after("run", line).strip(), list(command.argv)


PLACES: dict[str, Place] = {
    place.__name__: place
    for place in (
        left_out, keeping, confirmation, stop_by_hand, start, removal, removal_of_job, supervisor, hint, bare_id,
        remedy_of_the_audit,
    )
}  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_shown_runs_its_own_argv_and_nothing_else(place: str, shell: str, tmp_path: Path) -> None:
    pasting = Pasting(tmp_path / "paste")
    texts, wanted = [], []
    for number, name in enumerate(HOSTILE):
        directory = tmp_path / str(number)
        directory.mkdir()
        text, argv = PLACES[place](directory, name)
        pasting.program(argv[0])
        texts.append(text)
        wanted.append(argv)
    assert pasting.paste(shell, "\n".join(texts)) == wanted


@pytest.mark.parametrize("shell", SHELLS)
def test_variables_reach_the_program(shell: str, tmp_path: Path) -> None:
    pasting = Pasting(tmp_path / "paste")
    pasting.program("openclaw")
    commands = [shell_command(("openclaw", "gateway"), {"OPENCLAW_STATE_DIR": name}) for name in HOSTILE]
    ran = pasting.paste_with_state_dir(shell, "\n".join(map(str, commands)))
    assert ran == [(["openclaw", "gateway"], name) for name in HOSTILE]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_with_an_odd_path_runs(shell: str, tmp_path: Path) -> None:
    pasting = Pasting(tmp_path / "paste")
    programs = [pasting.program(f"{name}/openclaw") for name in FILE_NAMES]
    shown = "\n".join(str(shell_command((str(path), "onboard"))) for path in programs)
    assert pasting.paste(shell, shown) == [["openclaw", "onboard"]] * len(programs)


@pytest.mark.parametrize("shell", SHELLS)
def test_what_cannot_be_pasted_is_harmless_when_it_is_all_the_same(shell: str, tmp_path: Path) -> None:
    pasting = Pasting(tmp_path / "paste")
    pasting.program("claw-tui")
    shown = [str(own_command("stop", f"$(touch pwned){name}; touch pwned")) for name in UNPASTEABLE]
    assert pasting.paste(shell, "\n".join(shown)) == []


async def test_the_plan_of_a_new_gateway_can_be_pasted(tmp_path: Path) -> None:
    """Its workspace is what the user names; so its commands are shown on a narrow terminal, too."""
    for number, name in enumerate(FILE_NAMES):
        plan = await planned_at(FixedHost(tmp_path / f"{number}"), str(tmp_path / name))
        pasting = Pasting(tmp_path / f"paste-{number}")
        pasting.program("openclaw")
        onboard = plan.commands[0]
        (line,) = [line for line in plan_lines(plan, TableStyle(width=40)) if " onboard " in line]
        text = re.sub(r"^.*?/usr/bin/openclaw", "openclaw", line)
        assert pasting.paste("sh", text) == [["openclaw", *onboard.argv[1:]]]
        assert str(tmp_path / name) in onboard.argv


async def test_resume_and_undo_of_an_unfinished_run_can_be_pasted(tmp_path: Path) -> None:
    plan = await planned_at(FixedHost(tmp_path / "host"), None)
    pasting = Pasting(tmp_path / "paste")
    pasting.program("claw-tui")
    odd = "openclaw:$(touch pwned)"
    told = next_commands(OnboardingResult(instance=odd, ok=False, plan=plan, journal="/j"))
    ran = pasting.paste("sh", "\n".join(text.partition(": ")[2] for text in told))
    assert ran == [["claw-tui", "new", "--resume", odd], ["claw-tui", "new", "--undo", odd]]


@pytest.mark.parametrize("shell", SHELLS)
async def test_remedies_of_the_audit_about_odd_homes_can_be_pasted(shell: str, tmp_path: Path) -> None:
    """A state dir that others may enter, a config that they may read, and a lock that nobody holds."""
    directory = tmp_path / "it's $(touch pwned) `touch pwned`"
    directory.mkdir()
    host = AuditedHost(FixedHost(directory))
    state_dir = host.add("main", 18789)
    state_dir.chmod(0o777)
    (state_dir / "openclaw.json").chmod(0o666)
    for number in range(5):
        host.write(state_dir / "credentials" / f"{number}.json", "{}", 0o666)
    lock = host.lock(state_dir, 4242, 17)
    outcome = await host.audit()
    pasting = Pasting(tmp_path / "paste")
    for program in ("chmod", "rm"):
        pasting.program(program)
    copied = [copyable.text for copyable in copyables(outcome.report, "openclaw:main")]
    ran = pasting.paste(shell, "\n".join(copied))
    (mode,) = [argv for argv in ran if argv[0] == "chmod"]
    assert ran == [mode, ["rm", str(lock)]] or ran == [["rm", str(lock)], mode]
    assert len(mode) == 2 + 6
    assert all(Path(path).exists() for path in mode[2:])


def test_only_the_command_of_a_remedy_is_copied_and_none_is_dropped() -> None:
    told = [
        worded_command(shell_command(("rm", f"/{number}.lock")), after=", if it does not run") for number in range(12)
    ]
    found = [warned("x", "stale", "nothing to run"), *(warned("x", "stale", one) for one in (*told, told[0]))]
    items = tuple(item_of(Check("locks", lambda _: ()), one) for one in found)
    copied = copyables(AuditReport(items=items), "x")
    assert [one.text for one in copied] == [f"rm /{number}.lock" for number in range(12)]
    assert [one.key for one in copied] == [*"123456789", "", "", ""]
