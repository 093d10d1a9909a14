"""Runs of imports, their files and lines."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0045_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("previewing", "Preview under way"),
                            ("previewed", "Previewed"),
                            ("running", "Import under way"),
                            ("done", "Imported"),
                            ("stopped", "Stopped"),
                            ("failed", "Failed"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="previewing",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="mapping")),
                ("mapping", models.TextField(blank=True, default="")),
                ("places", models.JSONField(default=list)),
                ("time", models.JSONField(default=dict)),
                ("day", models.DateField()),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("begun_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("rows_total", models.PositiveBigIntegerField(null=True)),
                ("rows_read", models.PositiveBigIntegerField(default=0)),
                ("read_since", models.DateTimeField(blank=True, null=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("at_file", models.CharField(blank=True, default="", max_length=255)),
                ("stop_asked", models.BooleanField(default=False)),
                ("problem", models.TextField(blank=True, default="")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("written", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=255, verbose_name="file")),
                ("target", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("rows", models.PositiveBigIntegerField(default=0, verbose_name="rows")),
                ("new", models.PositiveBigIntegerField(default=0, verbose_name="new")),
                ("changed", models.PositiveBigIntegerField(default=0, verbose_name="changed")),
                ("rejected", models.PositiveBigIntegerField(default=0, verbose_name="refused")),
                ("skipped", models.PositiveBigIntegerField(default=0)),
                ("unread", models.PositiveBigIntegerField(default=0)),
                ("notes", models.JSONField(default=list)),
                ("is_listed", models.BooleanField(default=True)),
                ("rejects", models.BinaryField(null=True)),
                ("cells", models.BinaryField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="accounts.importrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "imported file",
            },
        ),
        migrations.CreateModel(
            name="ImportLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveBigIntegerField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("changed", "Changed"),
                            ("refused", "Refused"),
                            ("remark", "Remarks"),
                            ("sample", "Sample"),
                        ],
                        max_length=7,
                    ),
                ),
                ("object_kind", models.CharField(blank=True, default="", max_length=40)),
                ("object_id", models.BigIntegerField(null=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("title", models.TextField(blank=True, default="")),
                ("fields", models.JSONField(default=dict)),
                ("field", models.TextField(blank=True, default="")),
                ("cell", models.TextField(blank=True, default="")),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("returned", "Taken back"), ("kept", "Stays")], default="", max_length=8
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="accounts.importfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of an import",
                "indexes": [models.Index(fields=["file", "kind", "id"], name="import_line_of_file")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["new", "changed", "refused", "remark", "sample"])),
                        name="import_line_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["refused", "remark"]), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="import_line_refused_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["previewing", "previewed", "running", "done", "stopped", "failed", "undoing", "undone"],
                    )
                ),
                name="import_run_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "failed"), _negated=True),
                    models.Q(("problem", ""), _negated=True),
                    _connector="OR",
                ),
                name="import_run_failed_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.UniqueConstraint(fields=("run", "position"), name="import_file_place"),
        ),
    ]
