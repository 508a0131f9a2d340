"""Command lines: of processes, and of what people paste."""

import shlex

from hypothesis import strategies as st

from fuzz.model import assert_shown_safely, fuzzes
from fuzz.processes import process_info
from fuzz.strategies import texts, words
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.lifecycle.staying_down import _seconds as seconds_of_sleep
from gateway_core.processes import command_line
from gateway_core.processes.scripts import display_name, is_shell_script, script_of
from gateway_core.redaction.commands import redact_command, shown_command
from gateway_core.shell_commands import own_command, shell_command

KNOWN = built_in_distributions()
ARGV = words(
    "openclaw", "/usr/bin/node", "/usr/lib/node_modules/openclaw/openclaw.mjs", "gateway", "--profile", "rescue",
    "--dev", "--port", "18789", "--port=99999999999999999999", "--port=²", "--bind", "lan", "run",
    "sh", "-c", "bash", "-lc",
    "openclaw gateway --port 1 && 'x", "env", "A=1", "sudo", "-u", "ada", "su", "-", "docker", "exec", "ssh", "--token",
    "s", "npm exec openclaw gateway", "openclaw-gateway", "python3", "-m", "x.py", "--", ";", "&&",
)  # fmt: skip


@fuzzes("gateway_core.processes.command_line", inputs=ARGV)
def command_lines(argv: tuple[str, ...]) -> None:
    call = command_line.find_call(argv, KNOWN)
    assert call is None or call.runs_gateway in (True, False)
    list(command_line.assignments(argv, KNOWN))
    command_line.launcher_calls(argv, KNOWN)
    port = command_line.port_option(argv)
    assert port is None or 0 < port < 65536
    command_line.bind_option(argv)
    command_line.starts_unconfigured(argv)
    command_line.switched_user(argv)
    command_line.runs_elsewhere(argv)


@fuzzes("gateway_core.lifecycle.staying_down", inputs=texts | st.sampled_from(("6", "1m", "inf", "1e999d", "-1h", "²")))
def times_to_sleep(text: str) -> None:
    seconds = seconds_of_sleep(text)
    assert seconds is None or 0 <= seconds < float("inf")


@fuzzes("gateway_core.processes.scripts", inputs=ARGV)
def scripts(argv: tuple[str, ...]) -> None:
    info = process_info(*argv)
    script = script_of(info)
    assert_shown_safely(script.name if script is not None else None)
    is_shell_script(info)
    display_name(info)


@fuzzes("gateway_core.redaction", inputs=ARGV)
def shown_command_lines(argv: tuple[str, ...]) -> None:
    shown = redact_command(argv)
    assert_shown_safely(shown)
    assert len(shown) <= 300
    if argv:
        assert_shown_safely(str(shown_command(argv, {"A": argv[0]})))


@fuzzes("gateway_core.shell_commands", inputs=st.lists(texts, min_size=1, max_size=4).map(tuple))
def pasted_commands(argv: tuple[str, ...]) -> None:
    command = shell_command(argv)
    assert_shown_safely(str(command))
    if command.text is not None:
        assert tuple(shlex.split(command.text)) == argv
    assert own_command("stop", argv[0]).argv[-1] == argv[0]
