"""The rules for a new gateway: each reports problems with the choices of the user."""
