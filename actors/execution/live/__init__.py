"""Execution where the money is real: the way to a venue that answers late, twice, or not at all."""
