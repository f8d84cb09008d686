"""Reference prices: one actor a venue keeps its connection; what comes goes to the actor of each symbol."""
