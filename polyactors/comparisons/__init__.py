"""Our simulations beside those of others, on the same data."""
