"""Answers of the API to requests with an idempotency key."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("once", "0001_what_forms_were_answered"),
    ]

    operations = [
        migrations.CreateModel(
            name="Answered",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.CharField(max_length=64)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("status", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("headers", models.JSONField(db_default={}, default=dict)),
                ("body", models.JSONField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="answered_by_age")],
            },
        ),
    ]
