"""Facts in, snapshot out: joins what every room concludes into the models that front ends read. Pure."""
