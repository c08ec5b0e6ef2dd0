"""The databases of a simulated fleet: each with its port, what they hear of each other, and their commands."""
