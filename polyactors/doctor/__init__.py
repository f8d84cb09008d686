"""Whether everything is as it has to be before real money is traded with: one check a file, each with what to do."""
