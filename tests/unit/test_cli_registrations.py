"""The file of registrations: atomic, private, shared by several writers, and kind to what people wrote by hand."""

import json
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Protocol

import pytest

from gateway_core.dirs import ids_file
from gateway_core.discovery.ids import remembered_place
from gateway_core.discovery.registrations import (
    Registration,
    RegistrationError,
    RegistrationFile,
    read_registrations,
    register,
    stated_path,
    unregister,
)
from gateway_core.distributions.loader import Distributions, built_in_distributions
from gateway_core.host import Host
from tests.cli_pictures import host_at
from tests.unseen import UNSEEN

KNOWN = Distributions(built_in_distributions())


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return host_at(tmp_path / "home")


class MakeConfig(Protocol):
    """Make a config of that name; where it is."""

    def __call__(self, name: str, folder: str = "bots") -> Path: ...


@pytest.fixture
def config(tmp_path: Path) -> MakeConfig:
    def make(name: str, folder: str = "bots") -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        return path

    return make


def file_of(host: Host) -> Path:
    return host.config_dir / "instances.json"


def write(host: Host, text: str) -> None:
    host.config_dir.mkdir(parents=True)
    file_of(host).write_text(text)


def test_without_a_file_nothing_is_registered(host: Host) -> None:
    assert read_registrations(host) == ((), ())


def test_what_is_registered_is_read_again(host: Host, config: MakeConfig, tmp_path: Path) -> None:
    path = config("openclaw.json")
    registration, new = register(host, KNOWN, path, state_dir=tmp_path / "state" / "Rescue Bot")
    assert new
    assert registration == Registration("rescue-bot", "openclaw", path, tmp_path / "state" / "Rescue Bot")
    assert registration.instance_id == "openclaw@rescue-bot"
    assert read_registrations(host) == ((registration,), ())


def test_the_file_is_private_and_nothing_else_stays_behind(host: Host, config: MakeConfig) -> None:
    register(host, KNOWN, config("openclaw.json"))
    assert stat.S_IMODE(file_of(host).stat().st_mode) == 0o600
    assert [path.name for path in host.config_dir.iterdir()] == ["instances.json"]


def test_registering_twice_changes_nothing(host: Host, config: MakeConfig) -> None:
    first, _ = register(host, KNOWN, config("openclaw.json"))
    before = file_of(host).stat().st_mtime_ns
    again, new = register(host, KNOWN, config("openclaw.json"))
    assert (again, new) == (first, False)
    assert file_of(host).stat().st_mtime_ns == before


def test_registering_differently_is_refused(host: Host, config: MakeConfig, tmp_path: Path) -> None:
    path = config("openclaw.json")
    register(host, KNOWN, path)
    with pytest.raises(RegistrationError, match="already registered, differently, as openclaw@bots"):
        register(host, KNOWN, path, state_dir=tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("name", "distribution"),
    [("clawdbot.json", "clawdbot"), ("moltbot.json", "moltbot"), ("omniclaw.json", "omniclaw")],
)
def test_the_config_name_tells_the_product(host: Host, config: MakeConfig, name: str, distribution: str) -> None:
    assert register(host, KNOWN, config(name))[0].distribution == distribution


def test_a_config_name_that_tells_nothing_needs_a_distribution(host: Host, config: MakeConfig) -> None:
    path = config("rescue.json")
    with pytest.raises(RegistrationError, match=r"rescue\.json does not tell") as refused:
        register(host, KNOWN, path)
    assert "--distribution" in refused.value.hint
    assert "openclaw" in refused.value.hint
    assert register(host, KNOWN, path, distribution="openclaw")[0].label == "rescue"


def test_an_unknown_distribution_names_the_known_ones(host: Host, config: MakeConfig) -> None:
    with pytest.raises(RegistrationError, match="no distribution “openclow”") as refused:
        register(host, KNOWN, config("openclaw.json"), distribution="openclow")
    assert "mazelclaw" in refused.value.hint


def test_labels_are_unique(host: Host, config: MakeConfig) -> None:
    labels = [register(host, KNOWN, config("openclaw.json", f"{n}/bots"))[0].label for n in range(3)]
    assert labels == ["bots", "bots-2", "bots-3"]
    with pytest.raises(RegistrationError, match="the label “bots” is taken"):
        register(host, KNOWN, config("openclaw.json", "other"), label="bots")


def test_what_was_found_is_registered_under_the_id_that_it_had(host: Host, config: MakeConfig) -> None:
    """A name of its own that is another's id, as it is or was, gets a number."""
    found, other = config("openclaw.json", "agents/alice/.openclaw"), config("openclaw.json", "backup/alice/.openclaw")
    ids_file(host).parent.mkdir(parents=True)
    ids_file(host).write_text(json.dumps({"ids": {"openclaw@alice": remembered_place(found)}}))
    assert register(host, KNOWN, other)[0].label == "alice-2"
    assert register(host, KNOWN, found)[0].label == "alice"


@pytest.mark.parametrize("label", ["", "Big", "a b", "../x", "é", "-a", "a" * 65])
def test_bad_labels_are_refused(host: Host, config: MakeConfig, label: str) -> None:
    with pytest.raises(RegistrationError, match="cannot be a label"):
        register(host, KNOWN, config("openclaw.json"), label=label)


def test_a_name_without_usable_letters_gets_the_label_of_its_product(
    host: Host, config: MakeConfig, tmp_path: Path
) -> None:
    assert register(host, KNOWN, config("openclaw.json"), state_dir=tmp_path / "機")[0].label == "openclaw"


def test_a_config_must_be_a_file_that_exists(host: Host, tmp_path: Path) -> None:
    with pytest.raises(RegistrationError, match="there is no config at"):
        register(host, KNOWN, tmp_path / "openclaw.json")
    with pytest.raises(RegistrationError, match="is a directory"):
        register(host, KNOWN, tmp_path)
    with pytest.raises(RegistrationError, match="cannot be looked at"):
        register(host, KNOWN, tmp_path / UNSEEN / "openclaw.json")


@pytest.mark.parametrize("name", ["bots", "openclaw@bots", "OpenClaw@Bots"])
def test_forgetting_drops_one_registration_and_no_file(host: Host, config: MakeConfig, name: str) -> None:
    path = config("openclaw.json")
    register(host, KNOWN, path)
    other, _ = register(host, KNOWN, config("clawdbot.json", "old"))
    assert unregister(host, name).config_path == path
    assert read_registrations(host) == ((other,), ())
    assert path.exists()


def test_forgetting_the_unknown_names_the_known(host: Host, config: MakeConfig) -> None:
    register(host, KNOWN, config("openclaw.json"))
    with pytest.raises(RegistrationError, match="nothing is registered as “x”") as refused:
        unregister(host, "x")
    assert "openclaw@bots" in refused.value.hint


@pytest.mark.parametrize("text", ["{", "[]", '{"instances": 3}', "null", "\x00", "[" * 100_000])
def test_a_broken_file_is_a_problem_and_stays_as_it_is(host: Host, config: MakeConfig, text: str) -> None:
    write(host, text)
    registrations, (problem,) = read_registrations(host)
    assert registrations == ()
    assert problem.where == str(file_of(host))
    with pytest.raises(RegistrationError):
        register(host, KNOWN, config("openclaw.json"))
    with pytest.raises(RegistrationError):
        unregister(host, "x")
    assert file_of(host).read_text() == text


def test_a_broken_entry_is_left_out_and_kept_by_writers(host: Host, config: MakeConfig) -> None:
    x = {"label": "x", "distribution": "openclaw", "config_path": "/x/openclaw.json"}
    impossible = [x | {"config_path": "/x\0"}, x | {"config_path": "/\ud800"}, x | {"state_dir": "/x\0"}]
    broken = [7, {}, x | {"config_path": "relative.json"}, *impossible]
    fine = {"label": "y", "distribution": "openclaw", "config_path": "/y/openclaw.json", "note": "mine"}
    write(host, json.dumps({"comment": "by hand", "instances": [*broken, fine]}))
    registrations, problems = read_registrations(host)
    assert [registration.label for registration in registrations] == ["y"]
    assert [problem.where.rpartition(", ")[2] for problem in problems] == [f"entry {n}" for n in range(1, 7)]
    register(host, KNOWN, config("openclaw.json"))
    unregister(host, "bots")
    assert json.loads(file_of(host).read_text()) == {"comment": "by hand", "instances": [*broken, fine]}


def test_a_symbolic_link_to_the_file_stays_one(host: Host, config: MakeConfig, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "gateways.json"
    real.parent.mkdir()
    real.write_text("{}")
    host.config_dir.mkdir(parents=True)
    file_of(host).symlink_to(real)
    register(host, KNOWN, config("openclaw.json"))
    assert file_of(host).is_symlink()
    assert json.loads(real.read_text())["instances"][0]["label"] == "bots"


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from gateway_core.discovery.registrations import register
    from gateway_core.distributions.loader import Distributions, built_in_distributions
    from tests.cli_pictures import host_at

    print("ready", flush=True)
    register(host_at(Path(sys.argv[1])), Distributions(built_in_distributions()), Path(sys.argv[2]))
    """
)


def test_a_second_writer_waits_and_neither_loses_anything(host: Host, config: MakeConfig) -> None:
    second_config = str(config("openclaw.json", "second"))
    with RegistrationFile(host.config_dir).writing() as entries:
        second = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(host.home), second_config], stdout=subprocess.PIPE, text=True
        )
        assert second.stdout is not None
        assert second.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=0.3)
        entries.append({"label": "first", "distribution": "openclaw", "config_path": "/first/openclaw.json"})
    second.communicate(timeout=30)
    assert second.returncode == 0
    assert [registration.label for registration in read_registrations(host)[0]] == ["first", "second"]


def test_a_config_dir_that_cannot_be_made_is_explained(host: Host, config: MakeConfig) -> None:
    host.home.mkdir()
    (host.home / ".config").write_text("in the way")
    with pytest.raises(RegistrationError, match="cannot be written"):
        register(host, KNOWN, config("openclaw.json"))


def test_a_config_is_told_by_a_path_from_the_working_directory(
    config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config("openclaw.json")
    monkeypatch.chdir(path.parent)
    assert stated_path(Path(path.name)) == path
    shutil.rmtree(path.parent)
    with pytest.raises(RegistrationError, match="relative to a directory that is gone"):
        stated_path(Path(path.name))
