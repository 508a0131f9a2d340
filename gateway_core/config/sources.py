"""The files that take part in one config, each with the identity it had when it was read."""

from pathlib import Path

from gateway_core.files import FileIdentity, FileText, read_text_file

LARGEST_FILE = 5 << 20
"""Bytes. No real config comes near; a larger one is an issue, not something to wait for."""
LARGEST_TOTAL = 20 << 20
MOST_FILES = 200


class SourceFiles:
    """Reads files within a budget for all of them and remembers every one, there or not."""

    def __init__(self) -> None:
        self.identities: dict[Path, FileIdentity] = {}
        self.settled = True
        self._files_left = MOST_FILES
        self._bytes_left = LARGEST_TOTAL

    def read(self, path: Path) -> FileText:
        """That file's text, or its fault."""
        if self._files_left == 0 or self._bytes_left == 0:
            return FileText(path, (), exists=True, fault="is one too many: the config includes too much")
        file = read_text_file(path, min(LARGEST_FILE, self._bytes_left))
        self._files_left -= 1
        self._bytes_left -= min(len(file.text or ""), self._bytes_left)
        # A file that changes between two includes of it keeps its older identity, so the next look sees the change.
        self.identities.setdefault(path, file.identity)
        self.settled = self.settled and file.settled
        return file
