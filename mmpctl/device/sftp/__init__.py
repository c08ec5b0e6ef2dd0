"""Files of a node."""
