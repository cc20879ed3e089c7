"""The entry points to a world: a transport, interception of this process's clients, a server on a port."""
