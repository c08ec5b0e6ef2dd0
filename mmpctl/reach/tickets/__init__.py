"""Renewals at sites: a ticket begins one once, and whoever asks is told what has become of it."""
