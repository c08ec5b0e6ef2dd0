"""The renewal of a database cluster: its steps, guards, checks, and what its runs keep."""
