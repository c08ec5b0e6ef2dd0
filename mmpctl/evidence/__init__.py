"""What a run leaves: attempts, facts, report."""
