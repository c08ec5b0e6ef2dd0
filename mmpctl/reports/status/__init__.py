"""The status as tables: whole, and as much of it as fits a picture."""
