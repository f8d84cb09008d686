"""The pricer as a process of its own: reference feeds and fair value, served to who polls them on this machine."""
