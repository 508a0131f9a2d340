"""The build's own steps: the README as a package index shows it, the man page, and the completions of shells."""

import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_LOCAL_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<path>(?!https?:|#)[^)\s]+)\)")


class CustomMetadataHook(MetadataHookInterface):
    """Fills `readme`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: MutableMapping[str, object]) -> None:
        urls = metadata.get("urls")
        repository = urls.get("Repository") if isinstance(urls, dict) else None
        text = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": index_readme(text, repository, f"v{metadata['version']}"),
        }


def index_readme(text: str, repository: str | None, tag: str) -> str:
    """Return the README with links that work outside the repository.

    A package index has none of the repository's files. With the repository's address, links and images lead to the
    files of that tag on GitHub. Without it, images are left out and links become plain text.
    """

    def replace(link: re.Match[str]) -> str:
        image, label, path = link["image"], link["text"], link["path"]
        if repository is None:
            return "" if image else label
        return f"{image}[{label}]({repository.rstrip('/')}/{'raw' if image else 'blob'}/{tag}/{path})"

    return _LOCAL_LINK.sub(replace, text)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # its configuration has no type of its own
    """Adds the man page and the completions to a wheel, made of the commands in this tree."""

    def initialize(self, version: str, build_data: MutableMapping[str, object]) -> None:
        if version != "standard":
            return  # an editable checkout would keep them as they were; `claw-tui completion` is always up to date
        self._made = TemporaryDirectory(prefix="claw-tui-shared-")
        build_data["shared_data"] = {
            str(path): target for path, target in shared_files(Path(self.root), Path(self._made.name), self.version)
        }

    def finalize(self, version: str, _build_data: MutableMapping[str, object], _artifact_path: str) -> None:
        if version == "standard":
            self._made.cleanup()

    @property
    def version(self) -> str:
        return str(self.metadata.version)


def shared_files(root: Path, directory: Path, version: str) -> Iterator[tuple[Path, str]]:
    """Write the man page and the completions into that directory; each path, and its place below the prefix."""
    sys.path[:0] = [str(root / "app"), str(root)]
    from claw_tui.cli.main import cli
    from claw_tui.cli.man_page import man_page
    from claw_tui.cli.shell_completion import script

    program = "claw-tui"
    texts = {
        f"share/man/man1/{program}.1": man_page(cli, program, version, _build_day()),
        f"share/bash-completion/completions/{program}": script(cli, program, "bash"),
        f"share/zsh/site-functions/_{program}": script(cli, program, "zsh"),
        f"share/fish/vendor_completions.d/{program}.fish": script(cli, program, "fish"),
    }
    for number, (target, text) in enumerate(texts.items()):
        path = directory / str(number)
        path.write_text(text, "utf-8")
        yield path, target


def _build_day() -> str:
    """Today, or the day that a reproducible build asks for."""
    moment = os.environ.get("SOURCE_DATE_EPOCH")
    return (datetime.fromtimestamp(int(moment), UTC) if moment else datetime.now(UTC)).strftime("%Y-%m-%d")
