"""The ways to a world: a transport, interception of this process's clients, and a server on a port."""
