"""The engine: observe, prepare, plan, carry out, verify."""
