"""A private certificate authority in a folder: its keys, what it has issued, and how it issues more."""
