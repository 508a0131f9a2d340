"""`claw-tui completion`: the script that teaches a shell this command line."""

from __future__ import annotations

import click

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
    from claw_tui.cli.shell_completion import script

    root = context.find_root()
    output.emit(script(root.command, root.info_name or "claw-tui", shell))
