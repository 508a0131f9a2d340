"""The parts that every screen of the dashboard is made of: mode screen, sheets, shared widgets, themes."""
