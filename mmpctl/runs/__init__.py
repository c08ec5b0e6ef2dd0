"""A run on disk: its folder, its journal, its transcripts, and the lock that keeps two runs apart."""
