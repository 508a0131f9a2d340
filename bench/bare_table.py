"""The least dashboard there is: a Textual app with one table.

`python -m bench.bare_table NAME…` draws a row for each name.
"""

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

_COLUMNS = ("State", "Instance", "Version", "Base", "CDP range", "Pid", "Up", "CPU", "Mem", "Service")


class BareTable(App[None]):
    """Shows its rows at once."""

    def compose(self) -> ComposeResult:
        yield DataTable[str]()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns(*_COLUMNS)
        table.add_rows(
            ("○ stopped", name, "2026.9.6", "18789", "18800–18899", "–", "–", "–", "–", "–") for name in sys.argv[1:]
        )


if __name__ == "__main__":
    BareTable().run()
