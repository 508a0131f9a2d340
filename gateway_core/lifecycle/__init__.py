"""Starts, stops and restarts instances, and sets up their services: the only room that signals a gateway."""
