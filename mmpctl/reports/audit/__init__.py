"""An audit as table, page, CSV, metrics and check."""
