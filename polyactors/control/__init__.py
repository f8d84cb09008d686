"""Looking into a running service, and steering its actors, over a Unix socket."""
