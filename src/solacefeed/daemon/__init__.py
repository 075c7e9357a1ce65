"""Does every deed when it is due, for good: as a service, or at a prompt."""
