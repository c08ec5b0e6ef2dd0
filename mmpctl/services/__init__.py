"""The certificates of a node's services: what each service takes, the order of their renewal, guards and permits."""
