"""What the wizard offers first: the product and the purpose that suit the gateways that are here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from claw_tui.onboarder import Offer
from gateway_core.distributions.versions import version_key
from gateway_core.onboarding.choices import Choices, Preset
from gateway_core.onboarding.profile_rules import wanted_profile
from gateway_core.onboarding.vendor_command import InstalledCommand
from gateway_core.snapshot import Snapshot

_PRESETS = (Preset.MAIN, Preset.RESCUE, Preset.DEV)


def distribution(offers: Sequence[Offer], snapshot: Snapshot) -> str:
    """The installed product that most gateways here are of; of several, the newest."""
    number = Counter(instance.distribution for instance in snapshot.instances)
    versions = {one.distribution.name: one.found.version for one in offers if isinstance(one.found, InstalledCommand)}
    if not versions:
        return offers[0].distribution.name
    return max(versions, key=lambda name: (number[name], version_key(versions[name])))


def preset(product: str, snapshot: Snapshot) -> Preset:
    """The first purpose whose usual profile is not there yet."""
    free = (one for one in _PRESETS if snapshot.instance(f"{product}:{_profile(one)}") is None)
    return next(free, Preset.MAIN)


def _profile(purpose: Preset) -> str:
    return wanted_profile(Choices("", purpose), None)
