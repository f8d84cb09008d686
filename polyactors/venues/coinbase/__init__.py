"""Coinbase, by its exchange feed or by that of Advanced Trade (polymarket.md 11.2)."""
