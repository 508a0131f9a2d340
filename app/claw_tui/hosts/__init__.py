"""What the front ends ask of one host."""
