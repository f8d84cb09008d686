"""What came of a run: for a trader to read, and as one document for a program."""
