"""One request of a client, from its address to its response, without I/O."""
