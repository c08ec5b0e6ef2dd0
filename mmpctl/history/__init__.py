"""The audits of before, kept in a database: how the fleet's certificates came to be as they are."""
