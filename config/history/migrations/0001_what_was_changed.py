import django.contrib.postgres.indexes
from django.db import migrations, models

import config.history.models

GUARD = """
CREATE FUNCTION history_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tsunagu.forgetting', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'History is never changed; history_forget(until) deletes what is older.';
END $$;

CREATE TRIGGER history_entry_stands BEFORE UPDATE OR DELETE ON history_entry
FOR EACH STATEMENT EXECUTE FUNCTION history_guard();

CREATE TRIGGER history_departure_stands BEFORE UPDATE OR DELETE ON history_departure
FOR EACH STATEMENT EXECUTE FUNCTION history_guard();

CREATE FUNCTION history_forget(until timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    entries bigint;
    departures bigint;
BEGIN
    PERFORM set_config('tsunagu.forgetting', 'on', true);
    DELETE FROM history_entry WHERE at < until;
    GET DIAGNOSTICS entries = ROW_COUNT;
    DELETE FROM history_departure WHERE at < until;
    GET DIAGNOSTICS departures = ROW_COUNT;
    PERFORM set_config('tsunagu.forgetting', '', true);
    RETURN entries + departures;
END $$
"""
BACK = """
DROP TRIGGER history_entry_stands ON history_entry;
DROP TRIGGER history_departure_stands ON history_departure;
DROP FUNCTION history_forget(timestamptz);
DROP FUNCTION history_guard()
"""


class Migration(migrations.Migration):
    """Entries that the triggers write (``config.history.triggers``), and a guard that lets nobody change them."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=config.history.models.ClockTimestamp())),
                ("actor_id", models.BigIntegerField(null=True)),
                ("door", models.CharField(db_default="", default="", max_length=80)),
                ("what", models.CharField(max_length=80)),
                ("filters", models.JSONField(default=dict)),
                ("rows", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=config.history.models.ClockTimestamp())),
                ("act", models.BigIntegerField()),
                ("kind", models.CharField(max_length=40)),
                ("object_id", models.BigIntegerField()),
                (
                    "operation",
                    models.CharField(
                        choices=[("changed", "Changed"), ("deleted", "Deleted"), ("added", "Added")], max_length=7
                    ),
                ),
                ("whole", models.CharField(max_length=40, null=True)),
                ("whole_id", models.BigIntegerField(null=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("door", models.CharField(db_default="", default="", max_length=80)),
                ("before", models.JSONField(decoder=config.history.models.Exact, default=dict)),
                ("after", models.JSONField(decoder=config.history.models.Exact, default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "object_id", "id"], name="history_of_object"),
                    models.Index(
                        condition=models.Q(("customer_id__isnull", False)),
                        fields=["customer_id", "id"],
                        name="history_of_customer",
                    ),
                    models.Index(
                        condition=models.Q(("whole__isnull", False)),
                        fields=["whole", "whole_id", "id"],
                        name="history_of_whole",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="history_by_time"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("operation__in", ["changed", "deleted", "added"])),
                        name="history_operation_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, BACK),
    ]
