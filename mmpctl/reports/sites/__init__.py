"""The tables of commands about the sites themselves."""
