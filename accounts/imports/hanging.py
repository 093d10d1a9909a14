"""What keeps a row that an import made and its Undo left: the kinds of rows that hang on it, and how many of each."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection, models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.imports import along
from config.history.kept import REGISTER

# Lines of a file and kind of which it is said; the report lists no more.
NAMED: Final = 1_000
# What people call kinds of rows that other apps hang on rows, where it is not the model's own name.
WORDS: Final[dict[str, Promise]] = {
    "merge": gettext_lazy("merge"), "notsame": gettext_lazy("pair that is not one customer"),
    "externalkey": gettext_lazy("external key"), "contactkey": gettext_lazy("contact key"), "userkey": gettext_lazy("user key"),
    "touchpoint_contacts": gettext_lazy("touch taken part in"), "usagerecord": gettext_lazy("usage record"),
    "handovermove": gettext_lazy("handover move"), "forecastcall": gettext_lazy("forecast call"),
    "caseact": gettext_lazy("act of a case"), "caseevidence": gettext_lazy("evidence of a case"),
}  # fmt: skip
LEFT: Final = """
    SELECT DISTINCT l.object_kind FROM accounts_importline l WHERE l.file_id = %(file)s AND l.kind = 'new' AND l.outcome = ''
"""
COUNTED: Final = """
    SELECT l.id, ARRAY[{counts}]::bigint[] FROM accounts_importline l JOIN {table} t ON t.id = l.object_id
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.outcome = '' ORDER BY l.id LIMIT %(named)s
"""
SAY: Final = """
    UPDATE accounts_importline l SET outcome = 'kept', reason = g.reason
    FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) g(id, reason) WHERE l.id = g.id
"""


def say(kinds: list[type[models.Model]], known: dict[str, Any]) -> None:
    """Say of rows of ``kinds`` that stay what hangs on them. One statement, and two more a kind of which rows stay."""
    still = left(known)
    with connection.cursor() as cursor:
        for model in kinds:
            kind = str(model._meta.model_name)
            if kind not in still:
                continue
            hanging = [found for found in along.hanging(model) if "named_id" not in found[1]]
            rows = [*hanging, *of_its_own(model)]
            counts = ", ".join(f"(SELECT count(*) {found})" for _kind, found in rows)
            statement = COUNTED.format(counts=counts, table=model._meta.db_table)
            cursor.execute(statement, known | {"kind": kind, "named": NAMED})
            reasons = {line: reason([other for other, _rows in rows], n) for line, n in cursor.fetchall() if any(n)}
            cursor.execute(SAY, {"ids": list(reasons), "reasons": list(reasons.values())})


def left(known: dict[str, Any]) -> set[str]:
    """The kinds of which the file made rows that are not taken back, and of which nothing is said. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, known)
        return {row[0] for row in cursor.fetchall()}


def of_its_own(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """Rows of the same table that point at the row ``t``, as children at their parent."""
    table = model._meta.db_table
    return [
        (model, f"FROM {table} r WHERE r.{relation.field.column} = t.id")
        for relation in along.relations(model)
        if along.loosely(relation, model)
    ]


def reason(kinds: list[type[models.Model]], counts: list[int]) -> str:
    """The sentence. Two ways from one kind to the row count once."""
    most: dict[type[models.Model], int] = {}
    for kind, n in zip(kinds, counts, strict=True):
        most[kind] = max(n, most.get(kind, 0))
    rows = "; ".join(f"{called(kind)} ({n})" for kind, n in most.items() if n)
    return _("it stays with what hangs on it: %(rows)s") % {"rows": rows}


def called(model: type[models.Model]) -> str:
    kind = str(model._meta.model_name)
    label = WORDS.get(kind) or (REGISTER[kind].label if kind in REGISTER else "")
    return str(label or model._meta.verbose_name)
