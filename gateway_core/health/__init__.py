"""The four signals of life, identity proof, and the one state that they conclude."""
