"""The commands of the embedded exchange."""
