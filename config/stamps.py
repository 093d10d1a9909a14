"""``changed_at``: the instant of a row's last change, a column that only database triggers write.

A trigger sets it before each UPDATE that changes anything; an UPDATE without a change keeps it. Migrations install it
by ``stamp``, and by ``stamp_whole`` where rows of another table are parts of the row.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, migrations, models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

# A generated column has no value before the row is written: such tables exclude it from the comparison.
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
# A score that sweeps write anew each night has an instant of its own, beside that of the row's facts.
SCORED_FUNCTION = """
CREATE OR REPLACE FUNCTION note_change_beside_score() RETURNS trigger LANGUAGE plpgsql AS $change$
DECLARE
    facts accounts_customer%ROWTYPE := NEW;
BEGIN
    facts.score := OLD.score;
    facts.band := OLD.band;
    facts.band_since := OLD.band_since;
    facts.scored_at := OLD.scored_at;
    facts.score_changed_at := OLD.score_changed_at;
    IF facts.* IS DISTINCT FROM OLD.* THEN
        NEW.changed_at := clock_timestamp();
    END IF;
    IF (NEW.score, NEW.band) IS DISTINCT FROM (OLD.score, OLD.band) THEN
        NEW.score_changed_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $change$
"""
SCORED_TRIGGER = """
CREATE OR REPLACE TRIGGER note_change BEFORE UPDATE ON accounts_customer
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_change_beside_score()
"""

# The instant from which this transaction stamps rows: the start of its first statement that inserts wholes or writes
# parts. While that statement runs, its start limits ``safe_until``; afterwards the transaction id does, which is
# assigned here. The transaction's own start would not do, for one that has only read limits nothing. A rollback to a
# savepoint discards the instant, and a later statement sets it again.
SINCE_FUNCTION = """
CREATE OR REPLACE FUNCTION stamps_hold_since() RETURNS timestamptz LANGUAGE plpgsql AS $change$
DECLARE
    since text := current_setting('tsunagu.stamps_hold_since', true);
BEGIN
    IF since <> '' THEN
        RETURN since::timestamptz;
    END IF;
    PERFORM pg_current_xact_id();
    RETURN set_config('tsunagu.stamps_hold_since', statement_timestamp()::text, true)::timestamptz;
END $change$
"""
WHOLE_FUNCTION = """
CREATE OR REPLACE FUNCTION note_whole() RETURNS trigger LANGUAGE plpgsql AS $change$
BEGIN
    PERFORM stamps_hold_since();
    RETURN NULL;
END $change$
"""
WHOLE_TRIGGER = """
CREATE OR REPLACE TRIGGER note_whole BEFORE INSERT ON {whole} FOR EACH STATEMENT EXECUTE FUNCTION note_whole()
"""
# A whole inserted or stamped since then is not written a second time: that would double the cost of a first load.
PARTS_FUNCTION = """
CREATE OR REPLACE FUNCTION note_part() RETURNS trigger LANGUAGE plpgsql AS $change$
DECLARE
    touched text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT * FROM fresh'
        WHEN 'DELETE' THEN 'SELECT * FROM stale'
        ELSE '(TABLE fresh EXCEPT TABLE stale) UNION ALL (TABLE stale EXCEPT TABLE fresh)' END;
BEGIN
    EXECUTE format(
        'UPDATE %I SET changed_at = clock_timestamp()
         WHERE id IN (SELECT part.%I FROM (%s) part) AND changed_at < %L',
        TG_ARGV[0], TG_ARGV[1], touched, stamps_hold_since());
    RETURN NULL;
END $change$
"""
PARTS_TRIGGER = """
CREATE OR REPLACE TRIGGER note_part_{event} AFTER {event} ON {part} REFERENCING {tables}
FOR EACH STATEMENT EXECUTE FUNCTION note_part('{whole}', '{link}')
"""
EVENTS = {
    "insert": "NEW TABLE AS fresh",
    "update": "NEW TABLE AS fresh OLD TABLE AS stale",
    "delete": "OLD TABLE AS stale",
}

# Whatever a transaction stamps it stamps after its start; one that has written nothing yet, after its present statement's. A
# session of a role that this one may not look into hides both, and its kind with them; processes of the server's own have no
# role. A second for what is between a statement's start and its report.
UNTIL = """
SELECT least(statement_timestamp() - interval '1 second',
             min(CASE WHEN backend_xid IS NOT NULL THEN xact_start WHEN state = 'active' THEN query_start END)),
       coalesce(bool_or(state IS NULL AND coalesce(backend_xid, backend_xmin) IS NOT NULL), false)
FROM pg_stat_activity
WHERE datname = current_database() AND coalesce(backend_type, 'client backend') = 'client backend' AND usesysid IS NOT NULL
  AND pid <> pg_backend_pid()
"""


class Stamped(models.Model):
    """A row with the instant of its last change."""

    changed_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


def stamp(*tables: str, generated: str = "") -> migrations.RunSQL:
    """The migration operation that stamps changed rows of ``tables``; ``generated`` names their generated column."""
    when = "" if generated else "WHEN (OLD.* IS DISTINCT FROM NEW.*)"
    argument = f"'{generated}'" if generated else ""
    triggers = [TRIGGER.format(table=table, when=when, generated=argument) for table in tables]
    return migrations.RunSQL(
        [FUNCTION, *triggers], [f"DROP TRIGGER IF EXISTS note_change ON {table}" for table in tables]
    )


def stamp_beside_score() -> migrations.RunSQL:
    """The migration operation after which a customer's score changes ``score_changed_at`` alone."""
    return migrations.RunSQL(
        [SCORED_FUNCTION, SCORED_TRIGGER],
        TRIGGER.format(table="accounts_customer", when="WHEN (OLD.* IS DISTINCT FROM NEW.*)", generated=""),
    )


def stamp_whole(whole: str, *, part: str, link: str, anew: bool = False) -> migrations.RunSQL:
    """The migration operation that stamps rows of ``whole`` when rows of ``part`` change, which refer to them by
    ``link``.

    ``anew``: an earlier migration installed an older version; reversing this one keeps the newer triggers.
    """
    triggers = [
        PARTS_TRIGGER.format(event=event, tables=tables, part=part, whole=whole, link=link)
        for event, tables in EVENTS.items()
    ]
    functions = [SINCE_FUNCTION, WHOLE_FUNCTION, PARTS_FUNCTION]
    drops = (
        *(f"DROP TRIGGER IF EXISTS note_part_{event} ON {part}" for event in EVENTS),
        f"DROP TRIGGER IF EXISTS note_whole ON {whole}",
    )
    return migrations.RunSQL([*functions, WHOLE_TRIGGER.format(whole=whole), *triggers], () if anew else drops)


def safe_until() -> dt.datetime | None:
    """The instant before which a reader from now on sees every stamped row; None where unknown.

    One statement. Writing transactions and running statements hold it back until they end.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNTIL)
        instant, hidden = cursor.fetchone()
    return None if hidden else instant
