"""When a row last changed: a column of which the database itself is the one writer, whoever changes the row and how.

A trigger sets it before each UPDATE that changes anything; what is written again as it was keeps its instant. Migrations
install it by ``stamp``.
"""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

# A generated column is not known before the row is written: such tables leave it out of the comparison.
FUNCTION = """
CREATE OR REPLACE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $change$
BEGIN
    IF TG_NARGS > 0 AND to_jsonb(OLD) - TG_ARGV[0] = to_jsonb(NEW) - TG_ARGV[0] THEN
        RETURN NEW;
    END IF;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $change$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER note_change BEFORE UPDATE ON {table}
FOR EACH ROW {when} EXECUTE FUNCTION note_change({generated})
"""


class Stamped(models.Model):
    """A row that knows when it last changed."""

    changed_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


def stamp(*tables: str, generated: str = "") -> migrations.RunSQL:
    """The operation that lets the database note when rows of ``tables`` change; ``generated`` names their generated column."""
    when = "" if generated else "WHEN (OLD.* IS DISTINCT FROM NEW.*)"
    argument = f"'{generated}'" if generated else ""
    made = [TRIGGER.format(table=table, when=when, generated=argument) for table in tables]
    return migrations.RunSQL([FUNCTION, *made], [f"DROP TRIGGER IF EXISTS note_change ON {table}" for table in tables])
