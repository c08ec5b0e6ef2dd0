"""The documents of commands about the sites themselves."""
