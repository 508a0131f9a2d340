"""Presentation that several features share: pure functions from models to cells and text."""
