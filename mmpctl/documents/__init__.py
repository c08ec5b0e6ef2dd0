"""The JSON documents that the program prints and writes, a type for each; `schemas/` has the same as JSON Schema."""
