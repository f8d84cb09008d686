"""What the feeds of reference prices have in common, whatever the venue."""
