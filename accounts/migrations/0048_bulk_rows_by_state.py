"""Every row of a bulk act is listed by what became of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0047_import_runs")]

    operations = [
        migrations.RemoveIndex("bulkrow", "bulk_row_refused"),
        migrations.AddIndex("bulkrow", models.Index(fields=["act", "state", "id"], name="bulk_row_by_state")),
    ]
