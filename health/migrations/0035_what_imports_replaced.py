"""What an import replaces in tickets, answers and features is noted; customer-days whose records an undo took are marked so."""

from __future__ import annotations

from django.db import migrations, models

NOTED = """
    CREATE TRIGGER import_notes AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_import_notes()
"""


class Migration(migrations.Migration):
    dependencies = [("health", "0034_when_every_row_changed"), ("accounts", "0068_what_imports_replaced")]

    operations = [
        *(
            migrations.RunSQL(NOTED.format(table=table), f"DROP TRIGGER import_notes ON {table}")
            for table in ("health_ticket", "health_surveyresponse", "health_feature")
        ),
        migrations.AddField("rollupmark", "is_less", models.BooleanField(db_default=False, default=False)),
    ]
