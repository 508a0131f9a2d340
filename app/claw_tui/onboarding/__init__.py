"""The wizard, its runs, and undoing them."""
