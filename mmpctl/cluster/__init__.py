"""What a database cluster is. Pure: no I/O, no clock, no randomness."""
