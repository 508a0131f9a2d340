"""The sources of values in words."""

from claw_tui.text.values import clean
from gateway_core.snapshot import Claim, Source

SOURCE_WORDS = {
    Source.ARGV: "from its command line",
    Source.SERVICE: "from its service",
    Source.ENV: "from the environment",
    Source.CONFIG: "from its config",
    Source.PROFILE_HASH: "computed from the profile name",
    Source.DEFAULT: "the product's default",
    Source.DERIVED: "computed from the base port",
    Source.LOCK: "from its lock file",
    Source.LISTENER: "seen listening",
}


def claim_source(claim: Claim) -> str:
    """Tell where a claim comes from, and which setting or variable says so."""
    words = SOURCE_WORDS[claim.source]
    return f"{words}: {clean(claim.pinned_by)}" if claim.pinned_by else words
