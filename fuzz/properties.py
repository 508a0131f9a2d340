"""All properties, in the order in which they are tried."""

from fuzz import answers, commands, configs, hosts, logs, records, services, system, texts, values
from fuzz.model import PROPERTIES

MODULES = (answers, commands, configs, hosts, logs, records, services, system, texts, values)
__all__ = ["MODULES", "PROPERTIES"]
