"""Which transaction wrote a file of an import, and whether Undo is through with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0048_bulk_rows_by_state")]

    operations = [
        migrations.AddField("importfile", "act", models.BigIntegerField(null=True)),
        migrations.AddField("importfile", "undone", models.BooleanField(db_default=False, default=False)),
    ]
