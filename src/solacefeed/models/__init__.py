"""The nouns of solacefeed: frozen values, in the words of docs/concepts.md, one file a family.

Every datetime is aware and in UTC. A ``#:`` line says whose truth an attribute is.
"""
