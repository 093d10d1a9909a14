"""Mappings of files that people save under a name."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from config.stamps import stamp


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0049_undo_of_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("toml", models.TextField(help_text="TOML, as docs/import.md explains it.", verbose_name="text")),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True, verbose_name="deleted")),
                (
                    "by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved mapping",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("name",),
                        name="saved_mapping_named_once",
                        violation_error_message="There is a mapping of this name already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("toml", ""), _negated=True)
                        ),
                        name="saved_mapping_named_and_written",
                    ),
                ],
            },
        ),
        stamp("accounts_savedmapping"),
    ]
