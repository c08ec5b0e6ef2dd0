"""The documents about requests, private CAs and new certificates."""
