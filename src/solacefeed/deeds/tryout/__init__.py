"""For who looks at a blog once, in a store that is not kept: what was understood of it, and its digests."""
