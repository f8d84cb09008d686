"""The CLOB's REST endpoints, as the venue's own clients call them (reference polymarket_wire.md 3, 4 and 7)."""
