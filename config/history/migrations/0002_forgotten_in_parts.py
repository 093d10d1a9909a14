from django.db import migrations

FORGET = """
DROP FUNCTION history_forget(timestamptz{was});
CREATE FUNCTION history_forget(until timestamptz{given}) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    entries bigint;
    departures bigint;
BEGIN
    PERFORM set_config('tsunagu.forgetting', 'on', true);
    DELETE FROM history_entry WHERE {entries};
    GET DIAGNOSTICS entries = ROW_COUNT;
    DELETE FROM history_departure WHERE {departures};
    GET DIAGNOSTICS departures = ROW_COUNT;
    PERFORM set_config('tsunagu.forgetting', '', true);
    RETURN entries + departures;
END $$
"""
SOME = "id IN (SELECT id FROM {table} WHERE at < until LIMIT most)"
PARTS = FORGET.format(
    was="",
    given=", most bigint DEFAULT NULL",
    entries=SOME.format(table="history_entry"),
    departures=SOME.format(table="history_departure"),
)
ALL = FORGET.format(was=", bigint", given="", entries="at < until", departures="at < until")


class Migration(migrations.Migration):
    """``history_forget`` takes at most so many rows of each table, all where no number is said."""

    dependencies = [("history", "0001_what_was_changed")]

    operations = [migrations.RunSQL(PARTS, ALL)]
