"""Evidence of instances from every witness, joined into instances."""
