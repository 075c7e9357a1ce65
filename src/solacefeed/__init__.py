"""solacefeed: feeds and email digests for a WordPress blog."""

#: The release; the package takes it from here, so that no command has to look for it.
__version__ = "0.1.0"
