"""The command line: what a newcomer and an operator type, and what they read."""
