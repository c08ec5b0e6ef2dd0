"""Running tasks on many hosts."""
