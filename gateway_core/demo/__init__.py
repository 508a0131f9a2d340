"""Demo gateways: real processes that behave like one product at one version, and a throw-away home full of them.

Nothing is imported here, so that a demo gateway starts fast.
"""
