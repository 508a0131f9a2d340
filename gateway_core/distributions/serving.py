"""The command lines by which a product becomes a gateway: data, as all else that is known of a product."""

from gateway_core.snapshot import Model


class Serving(Model):
    """The arguments with which a product's command serves. What it is told otherwise is a command, and no gateway.

    A command line does not say which version it is for, so the forms and options of all versions are here.
    """

    words: tuple[tuple[str, ...], ...] = (("gateway",), ("gateway", "run"))
    """The words that stand there, apart from options and their values: exactly these, and no further one."""
    flags: tuple[str, ...] = (
        "--dev",
        "--no-color",
        "--allow-unconfigured",
        "--claude-cli-logs",
        "--compact",
        "--force",
        "--raw-stream",
        "--reset",
        "--tailscale-reset-on-exit",
        "--verbose",
    )
    """The options that take no value, before or behind the words."""
    values: tuple[str, ...] = (
        "--profile",
        "--log-level",
        "--auth",
        "--bind",
        "--password",
        "--port",
        "--raw-stream-path",
        "--tailscale",
        "--token",
        "--ws-log",
    )
    """The options that take the next word, or what stands behind their `=`."""
    entry_files: tuple[str, ...] = ("index.js", "index.mjs", "entry.js", "entry.mjs")
    """The files of the package that its command leads to, besides one of the command's own name."""
