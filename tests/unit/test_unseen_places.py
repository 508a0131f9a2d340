"""What cannot be looked at: it costs itself and no more, and nothing is called free or empty beside it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.cli.main import run
from claw_tui.hosts.local import local_gateway_host
from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.snapshots import assemble
from gateway_core.dirs import journals_dir
from gateway_core.discovery.instances import InstanceFinder
from gateway_core.distributions.loader import load_distributions
from gateway_core.files import listing_of
from gateway_core.host import Host, SocketScan
from gateway_core.ports.claimants import HiddenPorts
from gateway_core.ports.free_blocks import FreeBlock, next_free_block
from gateway_core.ports.wording import untold_text
from gateway_core.snapshot import Snapshot
from tests.discovered import write_config
from tests.fixed_host import FixedHost
from tests.unseen import UNSEEN, unlistable

UNIT = "[Service]\nExecStart=/usr/bin/openclaw gateway --port 19001\n"


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    """A host with one gateway."""
    host = FixedHost(tmp_path)
    write_config(host.home / ".openclaw-rescue" / "openclaw.json")
    return host


def looked_at(host: Host, facts: HostFacts | None = None) -> Snapshot:
    """The host as a look at its files shows it."""
    distributions = load_distributions(host.config_dir)
    finder = InstanceFinder(host, distributions)
    disk = finder.look_at_files()
    seen = replace(facts or HostFacts(), disk=disk, instances=finder.instances(disk, ()))
    return assemble(host, distributions, seen)


def units(fixed: FixedHost) -> Path:
    path = fixed.home / ".config" / "systemd" / "user"
    path.mkdir(parents=True)
    return path


def hide_a_unit_dir(fixed: FixedHost) -> Path:
    path = fixed.home / ".config" / "systemd" / "user"
    path.parent.mkdir(parents=True)
    path.symlink_to(UNSEEN)
    return path


def hide_drop_ins(fixed: FixedHost) -> Path:
    (units(fixed) / "openclaw-gateway.service").write_text(UNIT)
    path = fixed.home / ".config" / "systemd" / "user" / "openclaw-gateway.service.d"
    path.symlink_to(UNSEEN)
    return path


def spoil_a_unit(fixed: FixedHost) -> Path:
    path = units(fixed) / "openclaw-gateway-x.service"
    path.mkdir()
    return path


def spoil_an_environment_file(fixed: FixedHost) -> Path:
    path = fixed.home / "gateway.env"
    path.mkdir()
    (units(fixed) / "openclaw-gateway.service").write_text(f"{UNIT}EnvironmentFile={path}\n")
    return path


def hide_environment_files(fixed: FixedHost) -> Path:
    path = fixed.home / "env"
    path.symlink_to(UNSEEN)
    (units(fixed) / "openclaw-gateway.service").write_text(f"{UNIT}EnvironmentFile={path}/*.env\n")
    return path / "*.env"


def hide_the_places_of_a_template(fixed: FixedHost) -> Path:
    path = fixed.home / "env"
    path.symlink_to(UNSEEN)
    (units(fixed) / "openclaw-gateway@.service").write_text(f"{UNIT}EnvironmentFile={path}/%i.env\n")
    return path


def hide_a_state_dir(fixed: FixedHost) -> Path:
    """One whose name belongs to no profile."""
    path = fixed.home / ".openclaw.of-work"
    path.symlink_to(UNSEEN)
    return path


def spoil_the_registrations(fixed: FixedHost) -> Path:
    path = fixed.home / ".config" / "claw-tui" / "instances.json"
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_text("{")
    return path


def spoil_a_registration(fixed: FixedHost) -> Path:
    path = spoil_the_registrations(fixed)
    path.write_text(json.dumps({"instances": [{"label": "lab"}]}))
    return Path(f"{path}, entry 1")


def spoil_a_distribution(fixed: FixedHost) -> Path:
    path = fixed.home / ".config" / "claw-tui" / "distributions" / "mine.toml"
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_text("x = [")
    return path


def hide_the_distributions(fixed: FixedHost) -> Path:
    path = fixed.home / ".config" / "claw-tui" / "distributions"
    path.parent.mkdir(mode=0o700, parents=True)
    path.symlink_to(UNSEEN)
    return path


HIDING = (
    hide_a_unit_dir,
    hide_drop_ins,
    spoil_a_unit,
    spoil_an_environment_file,
    hide_environment_files,
    hide_the_places_of_a_template,
    hide_a_state_dir,
)
DAMAGING = (spoil_the_registrations, spoil_a_registration, spoil_a_distribution, hide_the_distributions)


@pytest.mark.parametrize("hide", HIDING)
def test_a_hidden_place_costs_itself_and_lets_nothing_be_called_free(
    fixed: FixedHost, hide: Callable[[FixedHost], Path]
) -> None:
    where = str(hide(fixed))
    snapshot = looked_at(fixed.host())
    assert [problem.where for problem in snapshot.unseen] == [where]
    assert "openclaw:rescue" in {instance.id for instance in snapshot.instances}, "the rest is found all the same"
    assert where in (untold_text(snapshot) or "")
    hidden = next_free_block(snapshot)
    assert isinstance(hidden, HiddenPorts)
    assert [problem.where for problem in hidden.places] == [where]


@pytest.mark.parametrize("damage", DAMAGING)
def test_a_damaged_record_of_claw_tui_itself_is_told_and_hides_no_place(
    fixed: FixedHost, damage: Callable[[FixedHost], Path]
) -> None:
    """What was left out is named; nothing else on the host is less known for it."""
    where = str(damage(fixed))
    snapshot = looked_at(fixed.host())
    assert [problem.where for problem in snapshot.problems] == [where]
    assert (snapshot.unseen, untold_text(snapshot)) == ((), None)
    assert isinstance(next_free_block(snapshot), FreeBlock)


def test_a_damaged_journal_may_keep_any_ports(fixed: FixedHost) -> None:
    journals = journals_dir(fixed.host())
    journals.mkdir(parents=True, mode=0o700)
    damaged = journals / "428757c4f617eaba.json"
    damaged.write_text("{")
    snapshot = looked_at(fixed.host())
    assert [problem.where for problem in snapshot.unseen] == [str(damaged)]
    assert isinstance(next_free_block(snapshot), HiddenPorts)


def test_a_home_that_cannot_be_listed_hides_but_the_unusual(fixed: FixedHost) -> None:
    """Closed to listing, a home may still be entered: the usual names are looked at."""
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    with unlistable(fixed.home):
        snapshot = looked_at(fixed.host())
    assert [problem.where for problem in snapshot.unseen] == [str(fixed.home)]
    assert [instance.id for instance in snapshot.instances] == ["openclaw:default"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may list every directory")
def test_a_closed_home_is_one_that_cannot_be_listed(fixed: FixedHost) -> None:
    fixed.home.chmod(0o300)
    try:
        assert [problem.where for problem in looked_at(fixed.host()).unseen] == [str(fixed.home)]
    finally:
        fixed.home.chmod(0o700)


@pytest.mark.parametrize("name", [".a", ".config-old", "openclaw"])
def test_an_odd_entry_that_is_not_named_like_a_gateway_hides_nothing(fixed: FixedHost, name: str) -> None:
    (fixed.home / name).symlink_to(name)
    (fixed.home / f"{name}2").symlink_to(UNSEEN)
    snapshot = looked_at(fixed.host())
    assert snapshot.problems == ()
    assert [instance.id for instance in snapshot.instances] == ["openclaw:rescue"]
    assert isinstance(next_free_block(snapshot), FreeBlock)


def test_what_other_services_hide_is_none_of_our_business(fixed: FixedHost) -> None:
    (units(fixed) / "mariadb.service").write_text("[Service]\nExecStart=/usr/bin/mariadb\n")
    (fixed.home / ".config" / "systemd" / "user" / "mariadb.service.d").symlink_to(UNSEEN)
    assert looked_at(fixed.host()).problems == ()


def test_unknown_owners_of_ports_hide_no_port(fixed: FixedHost) -> None:
    """As for every ordinary user of a host on which root runs something."""
    fixed.listen(None, 18789, 22)
    sockets = SocketScan(tuple(fixed.sockets.sockets), ("The owners of 2 of 2 listening sockets could not be seen.",))
    snapshot = looked_at(fixed.host(), HostFacts(sockets=sockets))
    assert (snapshot.unseen, untold_text(snapshot)) == ((), None)
    assert isinstance(next_free_block(snapshot), FreeBlock)


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        (HostFacts(processes_unseen="no /proc"), "process table"),
        (HostFacts(sockets=SocketScan((), failure="no netlink")), "socket table"),
    ],
)
def test_a_table_that_cannot_be_read_hides_gateways(fixed: FixedHost, facts: HostFacts, where: str) -> None:
    snapshot = looked_at(fixed.host(), facts)
    assert [problem.where for problem in snapshot.unseen] == [where]
    assert (untold_text(snapshot) or "").count("no ") == 1, "what is said of listeners is said once"


def test_an_entry_that_cannot_be_asked_what_it_is_stays_in_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on file systems that do not tell the type of an entry with its name."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()

    class Odd:
        name = "b"

        def is_symlink(self) -> bool:
            raise OSError(5, "Input/output error")

    @contextmanager
    def scan(_: Path) -> Iterator[list[os.DirEntry[str] | Odd]]:
        with real(tmp_path) as entries:
            yield [Odd() if entry.name == "b" else entry for entry in entries]

    real = os.scandir
    monkeypatch.setattr(os, "scandir", scan)
    found = listing_of(tmp_path)
    assert (found.names, found.fault) == (["a", "b", "c"], None)
    assert (found.directories, found.links) == (frozenset("ac"), frozenset("b"))


@pytest.mark.parametrize("arguments", [("check",), ("free-port",), ("audit",), ("stop", "--all", "--yes"), ("ls",)])
@pytest.mark.parametrize("hidden", [False, True])
def test_commands_that_find_nothing_say_that_they_could_not_look_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], hidden: bool
) -> None:
    fixed = FixedHost(tmp_path)
    fixed.environment = {"HOME": str(fixed.home), "XDG_STATE_HOME": str(tmp_path / "state")}
    where = str(hide_a_unit_dir(fixed)) if hidden else "The services in this directory"
    code = run(list(arguments), local_gateway_host(fixed.host))
    said = "".join(capsys.readouterr())
    assert (code, where in said) == ((3, True) if hidden else (0, False)), said
    assert ("Nothing to do" in said) is (arguments == ("audit",) and not hidden)
