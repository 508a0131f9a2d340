"""Pure functions from a snapshot to cells and text. No widgets, no colours: front ends turn a `Tone` into their own."""
