"""`polyactors top`: a running service on a full screen. The only place that knows textual."""
