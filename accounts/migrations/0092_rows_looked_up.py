"""Rows that a file of an import looks up in others count as read with it, also once it is in."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0091_no_words_of_keys")]

    operations = [
        migrations.AddField("importfile", "looked_up", models.PositiveBigIntegerField(default=0, db_default=0)),
    ]
