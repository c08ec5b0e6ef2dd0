"""Text of devices and files, made harmless for terminals."""

from __future__ import annotations


def harmless(text: object, *, lines: bool = False) -> str:
    """Text in which nothing can move the cursor, change colours, or turn the direction of writing.

    What Python calls not printable (control characters, bidi marks, other white space) is shown as an escape such as
    `\\x1b`: seen, but without effect.

    Args:
        text: anything; what it prints as is taken.
        lines: keep line ends; otherwise they become blanks.
    """
    plain = str(text)
    if plain.isprintable():
        return plain
    plain = plain.replace("\r\n", "\n").replace("\t", " ")
    return plain.translate({ord(odd): _shown(odd, lines) for odd in set(plain) if not odd.isprintable()})


def _shown(character: str, lines: bool) -> str:
    if character == "\n":
        return "\n" if lines else " "
    return character.encode("unicode_escape").decode("ascii")
