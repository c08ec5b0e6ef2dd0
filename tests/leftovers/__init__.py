"""Certificate files that nothing refers to: what counts as unused, and what permits a deletion."""
