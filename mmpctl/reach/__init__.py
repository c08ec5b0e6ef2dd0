"""Reach: the work is done at sites that only their own machines can see, and comes together at one desk."""
