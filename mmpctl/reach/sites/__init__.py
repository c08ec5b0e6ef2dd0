"""What a desk asks many sites for: their state, plans and runs, and what came of each."""
