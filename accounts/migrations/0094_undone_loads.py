"""Of a load whose run is forgotten stays known that it was undone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0093_waiting_runs")]

    operations = [
        migrations.AddField("forgottenload", "undone", models.BooleanField(default=False, db_default=False)),
    ]
