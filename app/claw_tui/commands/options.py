"""Options and arguments that several commands share."""

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts, and nothing else.")
watch = click.option("--watch", is_flag=True, help="Stay, and print again on every change. Ctrl+C ends it.")


def examples(*lines: str) -> str:
    """An epilog that shows how a command is used."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))
