"""What files changed of words and differences is kept with them, so that Undo gives both back."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

# As of other tables (0068): what a load replaces is noted for its own transaction.
NOTED = """
    CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_import_notes()
"""
TRIGGERS = (
    ("accounts_word", "UPDATE", "import_notes"), ("accounts_disagreement", "UPDATE", "import_notes"),
    ("accounts_disagreement", "DELETE", "import_notes_gone"),
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("accounts", "0089_void_invoices")]

    operations = [
        migrations.CreateModel(
            "WordChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("word", "Word"), ("difference", "Difference")], max_length=10)),
                ("object_id", models.BigIntegerField()),
                ("field", models.CharField(blank=True, default="", max_length=40)),
                ("changes", models.JSONField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.importfile"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["object_id", "field"], name="word_change_of_row")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["word", "difference"])), name="word_change_known"
                    )
                ],
            },
        ),
        migrations.RemoveField("importline", "said"),
        *(
            migrations.RunSQL(NOTED.format(name=name, event=event, table=table), f"DROP TRIGGER {name} ON {table}")
            for table, event, name in TRIGGERS
        ),
    ]
