"""From a config to the parts that deeds work with: here alone concrete classes are named, one file a kind of part.

Each is loaded when a deed asks for it, so that a command pays for what it does and no more.
"""
