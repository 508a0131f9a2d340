"""Evidence of instances from files, processes and the environment, joined into instances."""
