"""What keeps one handler or one life from holding up everybody: a thread that watches the loop, and the last resort."""
