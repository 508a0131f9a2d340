"""The products of the family: one data file each, their model, and the loader."""
