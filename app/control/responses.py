"""How every answer of ours leaves the house."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from .problems import problem_of

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def guarded(answer: Callable[[], Response]) -> Response:
    """The answer, or the problem that came up on the way to it; nobody may keep it, or take it for something else."""
    try:
        response = answer()
    except Exception as error:
        response = problem_of(error).response
    response.headers.update(_HEADERS)
    if response.status_code == 204:
        response.headers.remove("Content-Type")
    return response
