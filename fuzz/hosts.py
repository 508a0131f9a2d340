"""A whole host: configs, units, locks, registrations and processes, all of them odd, looked at as the commands do."""

import asyncio

from hypothesis import strategies as st

from claw_tui.cli.tables.audit import audit_text
from claw_tui.cli.tables.instances import instance_text, instances_text
from claw_tui.cli.tables.layout import TableStyle
from claw_tui.cli.tables.ports import conflict_lines
from fuzz.commands import ARGV
from fuzz.configs import CONFIGS, trees
from fuzz.model import assert_shown_safely, fuzzes, scratch
from fuzz.records import LOCK
from fuzz.services import UNIT_LINES, UNITS
from fuzz.strategies import encoded, mutated, texts, with_lines
from gateway_core import dirs
from gateway_core.audit.run import audit_host
from gateway_core.distributions.loader import load_distributions
from tests.documents import strictly_parsed
from tests.fixed_host import FixedHost

NAMES = (texts | st.sampled_from(("openclaw-gateway.service", "x@y.service", "a b.service"))).map(
    lambda name: name.replace("/", "_").replace("\0", "_").encode("utf-8", "replace")[:100].decode("utf-8", "replace")
)


@fuzzes(
    "gateway_core.assembly",
    "gateway_core.audit.drift",
    "gateway_core.audit.context",
    "gateway_core.discovery",
    inputs=st.tuples(
        mutated(CONFIGS) | trees.map(encoded),
        mutated(UNITS) | with_lines(*UNIT_LINES).map(lambda text: text.encode("utf-8", "replace")),
        mutated([LOCK]),
        st.lists(ARGV, max_size=3),
        NAMES,
        NAMES,
    ),
    share=0.1,
)
def whole_hosts(drawn: tuple[bytes, bytes, bytes, list[tuple[str, ...]], str, str]) -> None:
    config, unit, lock, processes, unit_name, dir_name = drawn
    with scratch() as directory:
        fixed = FixedHost(directory)
        state_dir = fixed.home / ".openclaw"
        for folder in (state_dir / "tmp", fixed.home / ".config/systemd/user", fixed.home / f".openclaw-{dir_name}"):
            folder.mkdir(parents=True, exist_ok=True)
        (state_dir / "openclaw.json").write_bytes(config)
        (fixed.home / f".openclaw-{dir_name}" / "openclaw.json").write_bytes(config[::-1])
        (fixed.home / ".config/systemd/user" / f"{unit_name.removesuffix('.service')}.service").write_bytes(unit)
        (state_dir / "tmp" / "gateway.00000001.lock").write_bytes(lock)
        for pid, argv in enumerate(processes, 100):
            if argv:
                fixed.add_process(pid, *argv)
        asyncio.run(look(fixed))


async def look(fixed: FixedHost) -> None:
    host = fixed.host()
    snapshot, report = await audit_host(host)
    strictly_parsed(snapshot.model_dump_json())
    strictly_parsed(report.model_dump_json())
    distributions = load_distributions(dirs.config_dir({}, fixed.home, "linux"))
    for style in (TableStyle(), TableStyle(width=60)):
        shown = [
            *instances_text(snapshot, distributions, style),
            *(line for one in snapshot.instances for line in instance_text(snapshot, one, style)),
            *conflict_lines(snapshot.conflicts, style),
            *audit_text(report, [one.id for one in snapshot.instances], snapshot.problems, style, every=True),
        ]
        assert_shown_safely(*(line.replace("\u00a0", "").replace("\u3000", "") for line in shown))
