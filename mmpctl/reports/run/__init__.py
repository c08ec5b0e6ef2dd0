"""A run as page and table."""
