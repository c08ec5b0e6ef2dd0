"""The commands of `mmpctl`: options in, documents out; the work is done by the runbooks."""
