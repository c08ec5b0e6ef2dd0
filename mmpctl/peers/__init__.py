"""Which service presents which certificate to whom, and whose store accepts it, and why. Pure: no I/O, no clock."""
