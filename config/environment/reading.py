"""Reading the environment by the table, and printing the table for the operations guide."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from config.environment.variables import VARIABLES, Variable

PREFIX: Final = "TSUNAGU_"


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Every declared variable's value by name, the default where it is absent.

    Raises ImproperlyConfigured with one sentence on an unknown ``TSUNAGU_`` name or a value
    that cannot be read.
    """
    refuse_unknown(environ)
    return {variable.name: value_of(variable, environ) for variable in VARIABLES}


def refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {variable.name: variable.name.removeprefix(PREFIX) for variable in VARIABLES}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            matches = difflib.get_close_matches(name.removeprefix(PREFIX), known.values(), n=1)
            meant = next((full for full, short in known.items() if matches and short == matches[0]), "")
            hint = f"; did you mean {meant}?" if meant else "; docs/operations.md lists all."
            raise ImproperlyConfigured(f"Unknown setting {name}{hint}")


def value_of(variable: Variable, environ: Mapping[str, str]) -> Any:
    raw = environ.get(variable.name, variable.default)
    try:
        return variable.read(raw)
    except ValueError as error:
        quoted = "its value" if variable.kind in {"secret", "address"} else repr(raw)
        raise ImproperlyConfigured(f"Setting {variable.name} cannot be read: {quoted} {error}.") from None


def markdown_rows() -> Iterator[str]:
    """The settings as lines of a Markdown table, in the order declared."""
    yield "| name | type | default | meaning |"
    yield "|---|---|---|---|"
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else "(empty)"
        yield f"| `{variable.name}` | {variable.kind} | {default} | {variable.meaning} |"
