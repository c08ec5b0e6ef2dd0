"""The documents of renewals of services, as far as they differ from those of database clusters."""
