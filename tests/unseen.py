"""A name that nobody can look at, not even root: as in a closed home, asking for it is an error of its own."""

UNSEEN = "x" * 300
