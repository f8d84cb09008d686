"""The market and user streams of the exchange (polymarket.md 5, polymarket_wire.md 8)."""
