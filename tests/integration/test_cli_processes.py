"""The program as a process of its own: what it imports, how it ends, what a pipe and a terminal get."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

CLAW_TUI = Path(sys.executable).parent / "claw-tui"
DEADLINE_S = 30


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path / "tmp"),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }


def add_rescue(home: Path) -> Path:
    """The config of a profile `rescue` on disk."""
    config = home / ".openclaw-rescue" / "openclaw.json"
    config.parent.mkdir()
    config.write_text('{"gateway": {"mode": "local", "port": 21345}}')
    return config


def claw(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (CLAW_TUI, *arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )


def python(environment: Mapping[str, str], program: str, *arguments: str) -> str:
    """What that program, in an interpreter of its own, says on stderr."""
    done = subprocess.run(
        (sys.executable, "-c", textwrap.dedent(program), *arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    return done.stderr


def modules_after(environment: Mapping[str, str], *arguments: str) -> set[str]:
    """What is imported when that command has run."""
    program = """
        import sys
        from claw_tui.cli.main import run

        run(sys.argv[1:])
        print(*sys.modules, file=sys.stderr)
        """
    return set(python(environment, program, *arguments).split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ls", "--help"], ["completion", "zsh"]])
def test_what_prints_no_snapshot_imports_nothing_heavy(environment: dict[str, str], arguments: list[str]) -> None:
    loaded = modules_after(environment, *arguments)
    assert "click" in loaded
    assert not loaded & {"pydantic", "textual", "rich", "httpx", "psutil", "asyncio", "gateway_core.snapshot"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_only_tells_of_claw_tui_makes_no_host(environment: dict[str, str], option: str) -> None:
    loaded = modules_after(environment, option)
    assert "click" in loaded
    assert not loaded & {"claw_tui.hosts.local", "claw_tui.hosts.onboarding", "claw_tui.hosts.registrations"}


def test_commands_that_print_do_not_import_textual(environment: dict[str, str]) -> None:
    loaded = modules_after(environment, "ls")
    assert "gateway_core.snapshot" in loaded
    assert "textual" not in loaded


def test_a_command_that_ends_never_looks_for_garbage(environment: dict[str, str]) -> None:
    program = """
        import gc, sys
        from claw_tui.__main__ import main

        looks = []
        gc.collect()
        gc.callbacks.append(lambda phase, info: looks.append(phase))
        try:
            main()
        finally:
            print(len(looks), "looks;", "frozen" if gc.get_freeze_count() else "left to be looked at", file=sys.stderr)
        """
    not_looking_at_the_host = "events"  # of which no test knows how much there is on it
    assert python(environment, program, not_looking_at_the_host).splitlines() == ["0 looks; frozen"]


def test_the_bare_program_prints_the_table_without_a_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    add_rescue(tmp_path)  # for what is said of a host without gateways depends on those of other tests
    done = claw(environment)
    assert (done.returncode, done.stderr) == (0, "")
    headings = done.stdout.splitlines()[0].split()
    assert headings[:2] == ["State", "Instance"]
    assert "openclaw:rescue" in done.stdout


def test_json_is_one_document_of_this_host(environment: dict[str, str]) -> None:
    done = claw(environment, "ls", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert document["host"] == os.uname().nodename


def test_a_profile_on_disk_is_listed_and_shown(environment: dict[str, str], tmp_path: Path) -> None:
    config = add_rescue(tmp_path)
    assert "openclaw:rescue" in claw(environment, "ls").stdout
    shown = json.loads(claw(environment, "show", "rescue", "--json").stdout)["instance"]
    assert shown["base_port"] == {"value": 21345, "source": "config", "file": None}
    assert shown["config_path"] == str(config)


@pytest.mark.parametrize("arguments", [["completion", "zsh"], ["ls"], ["ls", "--json"], ["show", "nobody", "--json"]])
def test_a_closed_pipe_is_quiet(environment: dict[str, str], arguments: list[str]) -> None:
    program = subprocess.Popen(
        (CLAW_TUI, *arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    errors = program.stderr.read()
    assert errors == "" or "nobody" in errors
    assert "BrokenPipe" not in errors
    assert program.wait(timeout=DEADLINE_S) == 141


def test_a_locale_without_our_symbols_still_gets_a_table(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".openclaw-rescue").mkdir()
    (tmp_path / ".openclaw-rescue" / "openclaw.json").write_text("{}")
    done = claw({**environment, "PYTHONIOENCODING": "ascii"}, "ls")
    assert (done.returncode, done.stderr) == (0, "")
    assert "openclaw:rescue" in done.stdout


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_watching_ends_at_once_when_its_reader_leaves(environment: dict[str, str], form: list[str]) -> None:
    with subprocess.Popen(
        (CLAW_TUI, "ls", "--watch", *form), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == ""
        assert program.wait(timeout=DEADLINE_S) == 141


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("", {"rescue", "openclaw:dev", "clawdbot:dev"}), ("res", {"rescue"}), ("openclaw:r", {"openclaw:rescue"})],
)
def test_ids_are_completed(environment: dict[str, str], tmp_path: Path, typed: str, offered: set[str]) -> None:
    for name in (".openclaw-rescue/openclaw", ".openclaw-dev/openclaw", ".clawdbot-dev/clawdbot"):
        (tmp_path / f"{name}.json").parent.mkdir()
        (tmp_path / f"{name}.json").write_text('{"gateway": {"mode": "local"}}')
    completed = completions(environment, "show", typed)
    assert offered <= completed
    assert typed == "" or completed == offered


def test_forget_completes_what_is_found_and_what_is_only_registered(
    environment: dict[str, str], tmp_path: Path
) -> None:
    for place in (".openclaw-rescue", "gone"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "openclaw.json").write_text('{"gateway": {"mode": "local"}}')
    assert claw(environment, "add", "--config", str(tmp_path / "gone" / "openclaw.json")).returncode == 0
    (tmp_path / "gone" / "openclaw.json").unlink()
    assert completions(environment, "forget", "") >= {"rescue", "gone"}


def test_what_is_left_out_and_added_again_has_its_id_again(environment: dict[str, str], tmp_path: Path) -> None:
    configs = [tmp_path / place / "alice" / ".openclaw" / "openclaw.json" for place in ("prod", "test")]
    units = tmp_path / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    for config in configs:
        config.parent.mkdir(parents=True)
        config.write_text('{"gateway": {"mode": "local"}}')
        lines = ("[Service]", f"Environment=OPENCLAW_STATE_DIR={config.parent}", "ExecStart=/usr/bin/openclaw gateway")
        (units / f"openclaw-{config.parts[-4]}.service").write_text("\n".join(lines))
    assert "left out" in claw(environment, "forget", "openclaw@prod.alice").stdout
    assert completions(environment, "show", "") & {"prod.alice", "alice", "test.alice"} == {"test.alice"}
    assert claw(environment, "add", "--config", str(configs[0])).stdout == "openclaw@prod.alice is listed again.\n"
    assert completions(environment, "show", "") >= {"prod.alice", "test.alice"}


def completions(environment: dict[str, str], command: str, typed: str) -> set[str]:
    """What a shell offers for the first argument of that command, of which so much was typed."""
    asked = {"_CLAW_TUI_COMPLETE": "fish_complete", "COMP_WORDS": f"claw-tui {command} {typed}", "COMP_CWORD": typed}
    done = claw({**environment, **asked})
    assert (done.returncode, done.stderr) == (0, "")
    return {line.partition(",")[2].partition("\t")[0] for line in done.stdout.splitlines()}


def test_watching_follows_a_change_and_ends_quietly_on_ctrl_c(environment: dict[str, str], tmp_path: Path) -> None:
    program = subprocess.Popen(
        (CLAW_TUI, "ls", "--json", "--watch"),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        assert not _ids(program.stdout.readline(), tmp_path)
        (tmp_path / ".openclaw-rescue").mkdir()
        (tmp_path / ".openclaw-rescue" / "openclaw.json").write_text('{"gateway": {"mode": "local"}}')
        while "openclaw:rescue" not in _ids(program.stdout.readline(), tmp_path):
            pass
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=DEADLINE_S)
    finally:
        program.kill()
    assert program.returncode == 130
    assert errors.strip() == ""


def _ids(line: str, home: Path) -> list[str]:
    """Which instances lie in that home; other tests of this machine may run gateways elsewhere."""
    instances = json.loads(line)["instances"]
    return [instance["id"] for instance in instances if (instance["state_dir"] or "").startswith(str(home))]
