"""The real WordPress and the real Postfix of the kit beside the checkout (make test-real)."""
