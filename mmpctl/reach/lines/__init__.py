"""Lines between a desk and its sites: what all of them have, and each way of their own."""
