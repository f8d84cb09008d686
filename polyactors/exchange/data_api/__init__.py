"""The Data API: who traded what, who holds what, and what came of it (polymarket_wire.md 10)."""
