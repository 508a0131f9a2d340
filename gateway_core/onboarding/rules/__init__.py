"""What speaks against the choices for a new gateway."""
