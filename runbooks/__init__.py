"""Runbooks: tasks in waves over roles. Each module has a `run(nr, …)` for scripts; `cli` gathers them."""
