"""The tests' blog: the bundled one and others, with all that their owners do, all that they publish, and all that
breaks on the way.

``blog`` holds what it says and can be changed, ``feeds`` and ``pages`` are what it has besides the API of the bundled
one, ``faults`` makes it misbehave and ``server`` puts it on a loopback port. Nothing in it asks the time: the same
blog gives the same bytes.
"""
