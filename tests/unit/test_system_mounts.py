"""Whether a directory of this host is mounted for a process that may not be looked into."""

from pathlib import Path

import pytest

from gateway_core.system.mounts import mounts_directory

OVERLAY = "50 40 0:52 / / rw,relatime - overlay overlay rw"


def proc(directory: Path, own: str, theirs: str) -> str:
    for pid, text in (("self", own), ("7", theirs)):
        (directory / pid).mkdir()
        (directory / pid / "mountinfo").write_text(text + "\n")
    return str(directory)


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        ("1 0 254:0 / / rw", "2 1 254:0 /srv/a\\040b/state /home/node/.openclaw rw", True),
        ("1 0 254:0 / / rw\n2 1 0:9 /@data /srv rw", "3 1 0:9 /@data/a\\040b/state /data rw", True),
        ("1 0 254:0 / / rw", "2 1 254:1 /srv/a\\040b/state /home/node/.openclaw rw", False),
        ("1 0 254:0 / / rw", "2 1 254:0 /srv/a\\040b/state2 /home/node/.openclaw rw", False),
        ("1 0 254:0 / / rw", "2 1 254:0 / / rw", False),
        ("1 0 254:0 / / rw\n2 1 254:0 /srv/a\\040b/state /m rw", "3 1 254:0 /srv/a\\040b/state /m rw", False),
        ("1 0 254:0 / / rw", "", False),
        ("", "2 1 254:0 /srv/a\\040b/state /home/node/.openclaw rw", False),
    ],
    ids=["bound", "below another mount", "other device", "other dir", "all", "inherited", "nothing", "no own mounts"],
)
def test_only_a_mount_of_that_very_directory_counts(tmp_path: Path, own: str, theirs: str, expected: bool) -> None:
    assert mounts_directory(proc(tmp_path, own, f"{OVERLAY}\n{theirs}"), 7, Path("/srv/a b/state")) is expected
