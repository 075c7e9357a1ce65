"""solacefeed: feeds and email digests for a WordPress blog."""
