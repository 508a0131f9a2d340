"""One widget per module. They show what they are given and say what the user did; they decide nothing."""
