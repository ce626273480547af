"""A statement's tokens: words, marks, numbers, texts, and the blanks between them."""

from __future__ import annotations

from collections.abc import Sequence

Tokens = Sequence[str]


def opening(tokens: Tokens, at: int) -> int:
    """The place of the parenthesis that the one there closes."""
    depth = 0
    for place in range(at, -1, -1):
        depth += (tokens[place] == ")") - (tokens[place] == "(")
        if not depth:
            return place
    raise ValueError(f"a parenthesis is closed in {''.join(tokens)!r}")


def words(tokens: Tokens, at: int, most: int) -> list[str]:
    """The next tokens from there that are no blanks, in upper case."""
    found = []
    for token in tokens[at:]:
        if not token.isspace():
            found.append(token.upper())
        if len(found) == most:
            break
    return found


def behind(tokens: Tokens, at: int, words: int) -> int:
    """The place behind so many tokens that are no blanks."""
    while words:
        words -= not tokens[at].isspace()
        at += 1
    return at


def closing(tokens: Tokens, at: int) -> int:
    """The place of the parenthesis that closes the one there."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place] == "(") - (tokens[place] == ")")
        if not depth:
            return place
    raise ValueError(f"a parenthesis is open in {''.join(tokens)!r}")


def parts_of(tokens: Tokens) -> list[Tokens]:
    """What stands between commas."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if token == "," and not depth:
            parts.append([])
        elif parts[-1] or not token.isspace():
            parts[-1].append(token)
    return list(parts)
