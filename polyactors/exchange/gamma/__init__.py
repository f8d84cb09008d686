"""Gamma, the catalogue: markets, events, series and tags as the venue shows them (polymarket_wire.md 9)."""
