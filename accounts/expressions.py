"""SQL about a row on a day for use in querysets: the same text in statements written by hand and in the ORM."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.db.models import DateField, F, Field, Func, Value

# The placeholder of the day in a text until its parameter replaces it.
_DAY: Final = "\x00"


def among(customer: str) -> str:
    """The customer (its id) is one of %(ids)s, or those are NULL, which means everybody."""
    return f"(%(ids)s::bigint[] IS NULL OR {customer} = ANY(%(ids)s))"


class OnDay(Func):
    """``text(alias, day)`` for the rows of a queryset, as an annotation or, where it is true or false, a filter.

    ``text`` gives SQL about the row ``alias`` on the day named by the SQL ``day``. ``day`` is a date or an expression
    (wrap a field of an outer query in ``OuterRef``).
    """

    def __init__(self, text: Callable[[str, str], str], day: dt.date | Any, output_field: Field[Any, Any]) -> None:
        day_expression = day if hasattr(day, "resolve_expression") else Value(day, output_field=DateField())
        super().__init__(F("pk"), day_expression, output_field=output_field)
        self.text = text

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:  # type: ignore[override] # noqa: ARG002 (Django's signature)
        row, day = self.get_source_expressions()
        day_sql, parameters = compiler.compile(day)
        alias = compiler.quote_name_unless_alias(row.alias)
        pieces = self.text(alias, _DAY).split(_DAY)
        return f"({f'({day_sql})::date'.join(pieces)})", list(parameters) * (len(pieces) - 1)
