"""X.509 on this side: read the files, check them, prove them by a real handshake, name them."""
