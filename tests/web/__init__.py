"""Our own pages, over real HTTP."""
