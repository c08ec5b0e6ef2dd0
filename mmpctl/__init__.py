"""Watches and renews the database-cluster certificates of Cisco Meeting Servers."""

__version__ = "0.1.0"
