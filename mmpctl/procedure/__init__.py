"""The steps of a renewal as a manual procedure for people."""
