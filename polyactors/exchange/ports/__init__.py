"""The exchange as feeds and execution see a venue, in their own process: no sockets, no JSON."""
