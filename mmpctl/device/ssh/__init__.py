"""SSH to a node: host keys, sign-in, jump hosts."""
