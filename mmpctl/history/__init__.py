"""Audits kept over time, and what changed between two of them."""
