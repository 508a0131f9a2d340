"""New gateways, made by the distribution's own `onboard`: plan → preview → run → verify, with undo and resume."""
