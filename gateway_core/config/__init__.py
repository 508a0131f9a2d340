"""The only door through which a gateway's config comes in; secrets stay outside."""

from gateway_core.config.model import BrowserProfile, ConfigReading, GatewaySettings

__all__ = ["BrowserProfile", "ConfigReading", "GatewaySettings"]
