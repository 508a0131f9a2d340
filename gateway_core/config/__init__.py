"""Reads the configs of gateways, here and nowhere else; secrets stay outside."""
