"""Certificate files on nodes that nothing refers to: what counts as unused, and what permits a deletion. No I/O."""
