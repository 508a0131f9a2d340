"""What an instance outside the naming scheme is called: by its place, the same at every look, never another's name."""

import re
from pathlib import Path

import pytest

from gateway_core.discovery.labels import place_labels
from gateway_core.distributions.loader import built_in_distributions
from tests.discovered import survey, write_config, write_lock
from tests.fixed_host import FixedHost


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


@pytest.mark.parametrize(
    ("config", "label"),
    [
        ("/srv/agents/alice/.openclaw/openclaw.json", "alice"),
        ("/home/bob/.openclaw/openclaw.json", "bob"),
        ("/srv/agents/alice/.openclaw-rescue/openclaw.json", "alice-rescue"),
        ("/srv/agents/alice/openclaw/state/openclaw.json", "alice"),
        ("/srv/bots/openclaw-eve/openclaw.json", "eve"),
        ("/home/ada/.openclaw-experiments/x1/openclaw.json", "x1"),
        ("/srv/bot/main.json", "main"),
        ("/home/openclaw/.openclaw/openclaw.json", "openclaw"),
        ("/home/openclaw/.openclaw-rescue/openclaw.json", "openclaw-rescue"),
        ("/srv/bots/openclaw-\x1b[2Jeve\udcff/openclaw.json", "2Jeve"),
        ("/srv/dave.example.org/data/clawdbot.json", "dave-example-org"),
    ],
)
def test_the_telling_part_of_the_place_is_the_label(config: str, label: str) -> None:
    path = Path(config)
    assert place_labels(built_in_distributions(), path.parent, path)[0] == label


@pytest.mark.parametrize("name", ["openclaw", "openclaw-\x1b"])
def test_a_place_that_tells_nothing_gets_digits(name: str) -> None:
    state_dir = Path("/var/lib", name)
    label, _ = place_labels(built_in_distributions(), state_dir, state_dir / "openclaw.json")
    assert re.fullmatch(r"openclaw-[0-9a-f]{4}", label)


def places(fixed: FixedHost, *parents: str) -> dict[str, str]:
    """The id of a gateway with a state dir in each of those directories of `/srv`, known by its lock."""
    for number, parent in enumerate(parents):
        config = write_config(fixed.directory / "srv" / parent / ".openclaw" / "openclaw.json")
        write_lock(fixed, fixed.directory / "tmp" / f"openclaw-{number}", 70 + number, 5000, config)
    found = survey(fixed)
    dirs = {name: item.installation.state_dir for name, item in found.items()}
    return {str(path.parent.relative_to(fixed.directory / "srv")): name for name, path in dirs.items() if path}


def test_of_several_with_one_label_each_is_called_by_more_of_its_place(fixed: FixedHost) -> None:
    found = places(fixed, "prod/alice", "test/alice", "bob")
    assert found == {
        "prod/alice": "openclaw@prod.alice",
        "test/alice": "openclaw@test.alice",
        "bob": "openclaw@bob",
    }


def test_no_longer_label_can_be_the_short_one_of_another(fixed: FixedHost) -> None:
    found = places(fixed, "prod/alice", "test/alice", "prod-alice", "prod.alice")
    assert found["prod/alice"] == "openclaw@prod.alice"
    assert len(set(found.values())) == 4


def test_a_label_does_not_change_when_the_gateway_starts(fixed: FixedHost) -> None:
    before = places(fixed, "agents/alice", "agents/bob")
    for pid in (70, 71):
        fixed.add_process(pid, "openclaw-gateway", start=5000)
    assert places(fixed, "agents/alice", "agents/bob") == before
    assert set(before.values()) == {"openclaw@alice", "openclaw@bob"}
