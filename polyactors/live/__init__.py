"""What trading with real money needs besides: its settings, and the gates before it (docs/live.md)."""
