"""A run that waits for another import says since when."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0092_rows_looked_up")]

    operations = [
        migrations.AddField("importrun", "waits_since", models.DateTimeField(null=True, editable=False)),
    ]
