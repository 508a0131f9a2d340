"""An id outside the naming scheme: it stays with its instance, whoever comes and goes, and never becomes another's."""

import json
import os
import re
from pathlib import Path

import pytest

from gateway_core.dirs import ids_file
from gateway_core.discovery.instances import InstanceFinder
from gateway_core.distributions.loader import load_distributions
from tests.discovered import survey, write_config, write_lock
from tests.fixed_host import FixedHost


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


class Places:
    """Gateways in directories of `/srv`, each known by its lock alone."""

    def __init__(self, fixed: FixedHost) -> None:
        self.fixed = fixed
        self._locks: dict[str, Path] = {}

    def come(self, *parents: str) -> None:
        for parent in parents:
            config = write_config(self.fixed.directory / "srv" / parent / ".openclaw" / "openclaw.json")
            number = len(self._locks)
            self._locks[parent] = write_lock(
                self.fixed, self.fixed.directory / "tmp" / f"openclaw-{number}", 70 + number, 5000, config
            )

    def go(self, parent: str) -> None:
        self._locks[parent].unlink()

    def ids(self) -> dict[str, str]:
        dirs = {name: item.installation.state_dir for name, item in survey(self.fixed).items()}
        srv = self.fixed.directory / "srv"
        return {str(path.parent.relative_to(srv)): name for name, path in dirs.items() if path}


@pytest.fixture
def places(fixed: FixedHost) -> Places:
    return Places(fixed)


def test_an_id_stays_when_another_of_that_label_comes_and_passes_to_nobody_when_it_goes(places: Places) -> None:
    places.come("agents/alice")
    assert places.ids() == {"agents/alice": "openclaw@alice"}
    places.come("backup/alice")
    both = {"agents/alice": "openclaw@alice", "backup/alice": "openclaw@backup.alice"}
    assert places.ids() == both
    places.go("agents/alice")
    assert places.ids() == {"backup/alice": "openclaw@backup.alice"}
    places.come("agents/alice")
    assert places.ids() == both


def test_what_takes_the_place_of_another_between_two_looks_does_not_get_its_id(places: Places) -> None:
    places.come("agents/alice")
    places.ids()
    places.go("agents/alice")
    places.come("backup/alice")
    assert places.ids() == {"backup/alice": "openclaw@backup.alice"}


def test_of_two_seen_at_once_each_keeps_its_long_label(places: Places) -> None:
    places.come("prod/alice", "test/alice")
    both = places.ids()
    assert both == {"prod/alice": "openclaw@prod.alice", "test/alice": "openclaw@test.alice"}
    places.go("prod/alice")
    assert places.ids() == {"test/alice": "openclaw@test.alice"}
    places.come("prod/alice")
    assert places.ids() == both


def test_what_another_program_has_seen_meanwhile_counts(places: Places) -> None:
    host = places.fixed.host()
    finder = InstanceFinder(host, load_distributions(host.config_dir))
    places.come("prod/bob")
    assert {item.id for item in finder.instances(finder.look_at_files(), ())} == {"openclaw@bob"}
    places.come("agents/alice")
    places.ids()
    places.come("backup/alice", "test/bob")
    assert {item.id for item in finder.instances(finder.look_at_files(), ())} == set(places.ids().values())
    assert set(places.ids().values()) == {
        "openclaw@bob", "openclaw@alice", "openclaw@backup.alice", "openclaw@test.bob"
    }  # fmt: skip


def test_a_config_that_is_a_link_keeps_its_id_when_it_leads_elsewhere(places: Places) -> None:
    places.come("agents/alice")
    config = places.fixed.directory / "srv" / "agents" / "alice" / ".openclaw" / "openclaw.json"
    for generation in ("store-1", "store-2"):
        target = write_config(places.fixed.directory / generation / "openclaw.json")
        config.unlink()
        config.symlink_to(target)
        assert places.ids() == {"agents/alice": "openclaw@alice"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"ids": {"openclaw@\\u001b[2J": "PLACE"}}',
        '{"ids": [1]}',
        '{"ids": {"openclaw@alice": 7}}',
        "\ud800",
    ],
)
def test_a_memory_that_makes_no_sense_is_none(places: Places, text: str) -> None:
    file = ids_file(places.fixed.host())
    file.parent.mkdir(parents=True)
    places.come("agents/alice")
    place = places.fixed.directory / "srv/agents/alice/.openclaw/openclaw.json"
    file.write_bytes(text.replace("PLACE", str(place)).encode("utf-8", "surrogatepass"))
    assert places.ids() == {"agents/alice": "openclaw@alice"}
    assert list(json.loads(file.read_text())["ids"]) == ["openclaw@alice"]


def test_where_nothing_can_be_remembered_ids_are_given_all_the_same(places: Places) -> None:
    (places.fixed.home / ".local").write_text("a file in the way")
    places.come("agents/alice")
    assert places.ids() == {"agents/alice": "openclaw@alice"}


def test_a_place_with_bytes_that_are_no_text_keeps_its_id(places: Places) -> None:
    odd = os.fsdecode(b"al\xffice")
    places.come(odd)
    [name] = places.ids().values()
    places.go(odd)
    places.come("x/" + odd)
    assert set(places.ids().values()) != {name}


def test_only_what_lies_outside_the_scheme_is_written_down(fixed: FixedHost) -> None:
    write_config(fixed.home / ".openclaw" / "openclaw.json")
    assert set(survey(fixed)) == {"openclaw:default"}
    assert not ids_file(fixed.host()).exists()


def write_unit(fixed: FixedHost, name: str, *lines: str) -> None:
    unit = fixed.home / ".config" / "systemd" / "user" / name
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text("\n".join(("[Service]", "ExecStart=/usr/bin/openclaw gateway", *lines, "")))


def test_a_config_beside_that_of_a_profile_does_not_bear_the_profiles_name(fixed: FixedHost) -> None:
    """Whether the profile's own config is there or not: its name must not pass from one to the other."""
    beside = write_config(fixed.home / ".openclaw" / "other.json")
    write_unit(fixed, "openclaw-gateway-x.service", f"Environment=OPENCLAW_CONFIG_PATH={beside}")
    alone = survey(fixed)
    assert {name: item.installation.config_path for name, item in alone.items()} == {"openclaw@other": beside}
    own = write_config(fixed.home / ".openclaw" / "openclaw.json")
    both = survey(fixed)
    assert {name: item.installation.config_path for name, item in both.items()} == {
        "openclaw:default": own,
        "openclaw@other": beside,
    }


def test_of_twin_state_dirs_the_one_that_the_product_would_use_bears_the_profiles_name(fixed: FixedHost) -> None:
    usual = write_config(fixed.home / ".clawdbot" / "moltbot.json", "2026.1.27")
    legacy = write_config(fixed.home / ".moltbot" / "moltbot.json", "2026.1.27")
    write_unit(fixed, "moltbot-gateway.service", f"Environment=MOLTBOT_STATE_DIR={legacy.parent}")
    unit = fixed.home / ".config" / "systemd" / "user" / "moltbot-gateway.service"
    unit.write_text(unit.read_text().replace("openclaw", "moltbot"))
    assert survey(fixed)["moltbot:default"].installation.config_path == usual


def test_a_twin_by_the_version_that_wrote_it_has_an_id_of_its_own(fixed: FixedHost) -> None:
    """The config of another product until its version is read: then both are the default profile of one."""
    usual = write_config(fixed.home / ".clawdbot" / "moltbot.json", "2026.1.27")
    left = write_config(fixed.home / ".clawdbot" / "clawdbot.json", "2026.1.27")
    found = {item.installation.config_path: name for name, item in survey(fixed).items()}
    assert found[usual] == "moltbot:default"
    assert re.fullmatch(r"moltbot@[\w-]+", found[left])
