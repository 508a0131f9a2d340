"""The mode of ports: port map and conflicts."""
