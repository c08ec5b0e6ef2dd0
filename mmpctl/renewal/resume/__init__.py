"""How a run that was interrupted goes on."""
