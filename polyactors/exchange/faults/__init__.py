"""Everything that goes wrong at the real venue, on demand."""
