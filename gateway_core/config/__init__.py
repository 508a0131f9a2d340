"""Reads the configs of gateways, here and nowhere else; secrets stay outside."""

from gateway_core.config.model import BrowserProfile, ConfigReading, Fingerprint, GatewaySettings
from gateway_core.config.parsing import is_switched_on, port_from_variable
from gateway_core.config.reader import ConfigReader
from gateway_core.config.start_rules import BINDS

__all__ = [
    "BINDS",
    "BrowserProfile",
    "ConfigReader",
    "ConfigReading",
    "Fingerprint",
    "GatewaySettings",
    "is_switched_on",
    "port_from_variable",
]
