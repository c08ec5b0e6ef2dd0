"""A few lines of YAML that stand for billions of values."""

from __future__ import annotations

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
BY_KEYS = "a0: &a0 {k: x}\n" + "".join(
    f"a{n}: &a{n} {{{', '.join(f'k{each}: *a{n - 1}' for each in range(10))}}}\n" for n in range(1, 10)
)
