"""Things that go wrong on purpose: what and when as a plan, and what makes it come (`docs/faults.md`)."""
