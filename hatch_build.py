"""The build's own step: the README as a package index shows it."""

import re
from collections.abc import MutableMapping
from pathlib import Path

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
