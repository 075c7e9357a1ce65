"""A blog to try things on: a small WordPress in memory, with posts of its own, served over real HTTP.

``blog`` holds what it says, ``rest`` answers as WordPress's API does and ``server`` puts it on a loopback port. Nothing
in it asks the time: the same blog gives the same bytes.
"""
