"""What users install: the wheel, as the build makes it from this tree."""

import subprocess
import sys
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from hatch_build import index_readme

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
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected
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
