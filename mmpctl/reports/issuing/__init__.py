"""Tables about requests, private CAs and new certificates."""
