"""The jobs that the engine can do; each knows its units, its steps and its guards."""
