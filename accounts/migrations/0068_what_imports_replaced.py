"""What a load replaces in tables without history is noted by their triggers, for its own transaction; rows of use carry their
import as spans of ids; and the database refuses circles of parents.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

# ``import_was`` is a table of the transaction that asks for it (accounts.imports.chronicle). The first value stays.
NOTE = """
    CREATE FUNCTION accounts_import_notes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('tsunagu.noting', true), '') = 'on' THEN
            INSERT INTO import_was (name, id, was) SELECT TG_TABLE_NAME, gone.id, to_jsonb(gone) FROM gone
            ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END $$
"""
TABLES = (
    "accounts_cancellation", "accounts_objective", "accounts_outcome", "accounts_touchpoint", "accounts_invoice",
    "accounts_integration", "accounts_advocacyact", "accounts_communityactivity",
)  # fmt: skip
NOTED = """
    CREATE TRIGGER import_notes AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_import_notes()
"""
# Children that change at once wait for each other, so that two of them cannot close a circle.
CIRCLE = """
    CREATE FUNCTION accounts_customer_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(x'706172656e74'::bigint);
        IF EXISTS (
            WITH RECURSIVE above(id) AS (
                SELECT c.parent_id FROM accounts_customer c WHERE c.id = NEW.id
                UNION
                SELECT c.parent_id FROM accounts_customer c JOIN above a ON c.id = a.id WHERE c.parent_id IS NOT NULL
            )
            SELECT FROM above WHERE id = NEW.id
        ) THEN
            RAISE EXCEPTION 'customer_no_circle: customer % would be its own parent, at some step', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_no_circle';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER customer_no_circle AFTER INSERT OR UPDATE OF parent_id ON accounts_customer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION accounts_customer_no_circle()
"""
NO_CIRCLE = "DROP TRIGGER customer_no_circle ON accounts_customer; DROP FUNCTION accounts_customer_no_circle()"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0067_what_was_heard")]

    operations = [
        migrations.AddField("importfile", "columns", models.JSONField(db_default={}, default=dict)),
        migrations.AddIndex(
            "importline",
            models.Index(
                condition=models.Q(("kind", "changed")),
                fields=["object_id", "object_kind"],
                name="import_line_changed_object",
            ),
        ),
        migrations.CreateModel(
            "ImportSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object_kind", models.CharField(max_length=40)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("changes", models.JSONField(default=dict)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spans", to="accounts.importfile"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_id__gte", models.F("first_id"))), name="import_span_forward"
                    )
                ],
            },
        ),
        migrations.RunSQL(NOTE, "DROP FUNCTION accounts_import_notes()"),
        *(migrations.RunSQL(NOTED.format(table=table), f"DROP TRIGGER import_notes ON {table}") for table in TABLES),
        migrations.RunSQL(CIRCLE, NO_CIRCLE),
    ]
