"""What users install: the wheel, as the build makes it from this tree."""

import re
import subprocess
import sys
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from hatch_build import index_readme, shared_files

ROOT = Path(__file__).parents[2]
PACKAGES = {"claw_tui": ROOT / "app" / "claw_tui", "gateway_core": ROOT / "gateway_core"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (path,) = directory.glob("*.whl")
    return ZipFile(path)


@pytest.fixture(scope="module")
def metadata(wheel: ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_it_holds_both_packages_with_all_their_data_and_nothing_else(wheel: ZipFile) -> None:
    expected = {
        f"{package}/{path.relative_to(root).as_posix()}"
        for package, root in PACKAGES.items()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel.namelist() if not re.search(r"\.(dist-info|data)/", name)} == expected
    assert {Path(name).suffix for name in expected} == {".py", ".tcss", ".toml", ".typed"}


def test_it_carries_its_licence_and_what_an_index_asks_for(wheel: ZipFile, metadata: Message) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel.namelist())
    assert metadata["Author"]
    assert metadata["Keywords"]
    assert metadata.get_all("Classifier")


def test_its_description_leads_nowhere_that_an_index_does_not_have(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    description = str(metadata.get_payload())
    assert description.startswith("# claw-tui")
    targets = [target.partition(")")[0] for target in description.split("](")[1:]]
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_links_and_images_lead_to_the_tag_in_the_repository() -> None:
    text = "![Picture](screenshots/a.png) [docs](docs/a.md#b) [out](https://x.example/y) [here](#top)"
    assert index_readme(text, "https://x.example/o/r/", "v1") == (
        "![Picture](https://x.example/o/r/raw/v1/screenshots/a.png) "
        "[docs](https://x.example/o/r/blob/v1/docs/a.md#b) [out](https://x.example/y) [here](#top)"
    )


def test_without_a_repository_images_are_left_out_and_links_are_text() -> None:
    assert index_readme("![Picture](a.png)[docs](docs/a.md), [here](#top)", None, "v1") == "docs, [here](#top)"


def shared(wheel: ZipFile) -> dict[str, str]:
    """The files that are installed below the prefix."""
    return {
        name.partition(".data/data/")[2]: wheel.read(name).decode() for name in wheel.namelist() if ".data/" in name
    }


def test_it_brings_a_man_page_and_completions_to_where_they_are_looked_for(wheel: ZipFile) -> None:
    found = shared(wheel)
    assert set(found) == {
        "share/man/man1/claw-tui.1",
        "share/bash-completion/completions/claw-tui",
        "share/zsh/site-functions/_claw-tui",
        "share/fish/vendor_completions.d/claw-tui.fish",
    }
    assert found["share/zsh/site-functions/_claw-tui"].startswith("#compdef claw-tui\n")
    assert all("_CLAW_TUI_COMPLETE" in text for name, text in found.items() if "/man/" not in name)


def test_a_build_can_be_reproduced_whatever_the_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    page = next(path for path, target in shared_files(ROOT, tmp_path, "1.2.3") if target.endswith(".1"))
    assert page.read_text().startswith('.TH CLAW\\-TUI 1 1970-01-02 "claw\\-tui 1.2.3"')
