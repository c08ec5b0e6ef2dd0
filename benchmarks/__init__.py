"""Speed as ratios of two things that do the same work side by side: `make bench`, or `python -m benchmarks`."""
