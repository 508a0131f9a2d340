"""One module per command. They import the core inside their functions, so that `--help` costs nothing."""
