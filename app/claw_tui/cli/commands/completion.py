"""`claw-tui completion`: the script that teaches a shell this command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from claw_tui.cli import options, output

_EXAMPLES = options.examples(
    'eval "$(claw-tui completion bash)"                                      in ~/.bashrc',
    'eval "$(claw-tui completion zsh)"                                       in ~/.zshrc',
    "claw-tui completion fish > ~/.config/fish/completions/claw-tui.fish",
)


@click.command("completion", epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    root = context.find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    program = root.info_name or "claw-tui"
    output.emit(kind(root.command, {}, program, "_CLAW_TUI_COMPLETE").source())
