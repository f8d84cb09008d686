"""Trading on paper on the venue's live market data."""
