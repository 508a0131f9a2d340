"""Service definitions, and what service managers print."""

from pathlib import Path

from hypothesis import strategies as st

from fuzz.model import fuzzes
from fuzz.strategies import mutated, sample, texts, with_lines, words
from gateway_core.host import Placement, ServiceState
from gateway_core.services.control_groups import is_service_name, is_within, unit_of
from gateway_core.services.environment_file import parse_environment_file
from gateway_core.services.launchd import parse_print, read_plist
from gateway_core.services.manager import DefinitionError
from gateway_core.services.specifiers import UnitName, escaped, every_instance, name_specifiers, unescaped
from gateway_core.services.systemd import parse_show, parse_time_span
from gateway_core.services.systemd_unit import read_unit
from gateway_core.services.unit_history import parse_past, parse_timing

UNITS = sample("services/openclaw-gateway-svc.service")
PLIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>Label</key><string>ai.openclaw.gateway</string><key>ProgramArguments</key><array>
<string>/usr/local/bin/node</string><string>gateway</string><string>--port</string><string>18789</string></array>
<key>EnvironmentVariables</key><dict><key>OPENCLAW_GATEWAY_PORT</key><string>18789</string></dict>
<key>KeepAlive</key><true/><key>StartInterval</key><integer>60</integer><key>x</key><date>2026-01-01T00:00:00Z</date>
</dict></plist>"""
SPECIFIERS = {"h": "/home/x", "i": "one", "%": "%"}
SHOWN = (
    "Id=openclaw-gateway.service", "LoadState=loaded", "ActiveState=active", "SubState=running",
    "UnitFileState=enabled", "MainPID=4242", "MainPID=99999999999999999999",
    "NRestarts=3", "NRestarts=", "ExecMainStatus=78", "ExecMainCode=1",
    "RestartUSec=1min 30s", "RestartUSec=infinity", "RestartUSec=5s 9999999999999999999999d", "NeedDaemonReload=yes",
    "TriggeredBy=a.timer b.path", "UpheldBy=", "", "=", "Id=",
)  # fmt: skip
ENDED = (
    "ActiveState=inactive", "Result=success", "Result=oom-kill", "Restart=always", "ExecMainCode=1",
    "ExecMainStatus=78",
    "ExecMainExitTimestamp=Sat 2026-11-21 02:14:00 UTC", "ExecMainExitTimestamp=Sat 0001-01-01 00:00:00 UTC",
    "ExecMainExitTimestampMonotonic=2000000", "ActiveExitTimestampMonotonic=1", "ExecMainExitTimestampMonotonic=x",
)  # fmt: skip
JOURNAL = (
    '{"MESSAGE_ID":"98e322203f7a4ed290d09fe03c09fe15","EXIT_CODE":"exited","EXIT_STATUS":"1","__REALTIME_TIMESTAMP":"1"}',
    '{"MESSAGE_ID":"d9b373ed55a64feb8242e02dbe79a49c","UNIT_RESULT":"oom-kill","__REALTIME_TIMESTAMP":"999999999999999999"}',
    '{"MESSAGE_ID":"de5b426a63be47a7b6ac3eaac82e2f6f"}', '{"MESSAGE_ID":"39f53479d3a045ac8e11786248231fbf"}',
    '{"MESSAGE_ID":["x"],"EXIT_STATUS":[1]}', "-- No entries --", "[]", "{",
)  # fmt: skip
UNIT_LINES = (
    "[Service]", "[Unit]", "ExecStart=", "ExecStart=/usr/bin/openclaw gateway --port 18789", 'ExecStart=-"/a b" %h $A',
    'Environment="A=1" B=2', "Environment=", "EnvironmentFile=-/etc/env", "UnsetEnvironment=A", "User=%i", "\\", "a\\",
    "Type=oneshot", "PrivateNetwork=yes", "# comment \\", "; other", "ExecStart=\\x41\\101\\", "Environment='A=",
)  # fmt: skip


def strings(value: object) -> bool:
    return value is None or isinstance(value, str)


@fuzzes(
    "gateway_core.services.systemd_unit",
    inputs=st.tuples(
        mutated(UNITS).map(lambda data: data.decode("utf-8", "replace")) | with_lines(*UNIT_LINES),
        with_lines("A=1", "B='", 'C="\\', "D=$A", "#"),
    ),
)
def units(drawn: tuple[str, str]) -> None:
    text, environment = drawn
    path = Path("/etc/systemd/user/x.service")
    found = read_unit([(path, text), (path, text[::-1])], SPECIFIERS, lambda name: [(Path(name), environment)])
    assert all(isinstance(word, str) for word in found.argv)
    assert strings(found.user)


@fuzzes(
    "gateway_core.services.environment_file", inputs=with_lines("A=1", "A='x", 'B="a\\"', "C=\\", "=", "#x", "D D=1")
)
def environment_files(text: str) -> None:
    for name, value in parse_environment_file(text):
        assert isinstance(name, str)
        assert isinstance(value, str)


@fuzzes("gateway_core.services.launchd", inputs=mutated([PLIST, b"bplist00\xd1\x01\x02Q1\x08"]))
def property_lists(data: bytes) -> None:
    try:
        found = read_plist(data)
    except DefinitionError:
        return
    assert all(isinstance(word, str) for word in found.argv)
    assert strings(found.user)
    assert strings(found.name)


def well_typed(state: ServiceState) -> None:
    for number in (state.main_pid, state.restarts, state.exit_status):
        assert number is None or isinstance(number, int)
    assert strings(state.active)


@fuzzes(
    "gateway_core.services.launchd",
    inputs=mutated(sample("launchd/running.txt")).map(lambda data: data.decode("utf-8", "replace"))
    | with_lines("\tstate = running", "\tpid = 9999999999999999999999", "\truns = -1", "\tlast exit code = 78: EX"),
)
def launchctl_print(output: str) -> None:
    well_typed(parse_print(output))


@fuzzes(
    "gateway_core.services.systemd",
    inputs=st.tuples(with_lines(*SHOWN), st.lists(st.sampled_from(("a.service", "b.service")) | texts, max_size=3)),
)
def systemctl_show(drawn: tuple[str, list[str]]) -> None:
    output, names = drawn
    for name, state in parse_show(output, names).items():
        assert isinstance(name, str)
        well_typed(state)


@fuzzes("gateway_core.services.unit_history", inputs=st.tuples(with_lines(*ENDED), with_lines(*JOURNAL)))
def ends_of_units(drawn: tuple[str, str]) -> None:
    timing, past = drawn
    ends = (*parse_past(past), *filter(None, (parse_timing(timing),)))
    assert all(end.at is None or end.at.tzinfo is not None for end in ends)
    assert all(strings(end.how) for end in ends)


@fuzzes("gateway_core.services.systemd", inputs=words("5s", "1min", "9" * 400 + "d", "infinity", "ms", "-1s", "1.5us"))
def time_spans(parts: tuple[str, ...]) -> None:
    seconds = parse_time_span(" ".join(parts))
    assert seconds is None or 0 <= seconds < float("inf")


@fuzzes(
    "gateway_core.services.specifiers", inputs=texts | words("openclaw", "@", ".service", "-", "\\x2d").map("".join)
)
def unit_names(text: str) -> None:
    name = UnitName(text)
    assert strings(name.instance)
    assert strings(name.template)
    assert isinstance(name.drop_in_dirs, tuple)
    name_specifiers(name, Path("/etc/systemd/user") / (text.replace("\0", "").replace("/", "") or "x"))
    every_instance(text)
    unescaped(text)
    escaped(text.encode("utf-8", "replace").decode())


@fuzzes("gateway_core.services.control_groups", inputs=st.lists(texts | st.just("/user.slice/a.service"), max_size=3))
def control_groups(groups: list[str]) -> None:
    placement = Placement(cgroups=tuple(groups))
    unit_of(placement, ())
    for group in groups:
        is_service_name(group)
        is_within(placement, "a.service", group)
