"""What the exchange lists: markets made of a seed, what they are worth in truth, and how they live and end."""
