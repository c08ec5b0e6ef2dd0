"""The services of a simulated node: their files, their commands, their ports, and who of them talks to whom."""
