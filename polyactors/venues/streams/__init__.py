"""Websockets of any venue, kept alive: one connection, its heartbeat, its pauses, and how it is doing."""
