"""What each source last said, how the record differs, cases of silence, and up to when files go."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0062_importers"),
    ]

    operations = [
        migrations.AddField(
            model_name="importfile",
            name="newest_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="source",
            name="is_over",
            field=models.BooleanField(db_default=False, default=False, verbose_name="sends nothing any more"),
        ),
        migrations.AlterField(
            model_name="disagreement",
            name="customer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
            ),
        ),
        migrations.CreateModel(
            name="Reconciled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("same", models.PositiveBigIntegerField(default=0)),
                ("day", models.DateField(null=True)),
                ("problem", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "comparison with a source",
                "constraints": [models.UniqueConstraint(fields=("target", "source"), name="reconciled_once")],
            },
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("last_on", models.DateField()),
                ("opened_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
            ],
            options={
                "verbose_name": "silence of a source",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)), fields=("source",), name="silence_open_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on__isnull", True), ("closed_on__gte", models.F("opened_on")), _connector="OR"
                        ),
                        name="silence_closed_not_before_opened",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=200)),
                ("object_id", models.BigIntegerField()),
                ("fields", models.JSONField(default=dict)),
                ("kept", models.JSONField(default=dict)),
                ("gone_on", models.DateField(null=True)),
            ],
            options={
                "verbose_name": "row of a source",
                "constraints": [models.UniqueConstraint(fields=("target", "source", "external_id"), name="word_once")],
            },
        ),
        migrations.CreateModel(
            name="Deviation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=200)),
                ("field", models.CharField(blank=True, default="", max_length=40)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("hand", "a person changed it"),
                            ("source", "another source changed it"),
                            ("merge", "a merge changed it"),
                            ("undo", "an import was taken back"),
                            ("rule", "kept by a rule of the import"),
                            ("other", "not explained"),
                            ("merged", "the customer was merged"),
                            ("withdrawn", "withdrawn from the record"),
                            ("missing", "missing from the record"),
                            ("unnamed", "no longer in the last full file"),
                        ],
                        max_length=9,
                    ),
                ),
                ("by", models.CharField(blank=True, default="", max_length=40)),
                ("object_id", models.BigIntegerField()),
                ("given", models.TextField(blank=True, default="")),
                ("stands", models.TextField(blank=True, default="")),
                ("since", models.DateField()),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "difference from a source",
                "constraints": [
                    models.UniqueConstraint(fields=("target", "source", "external_id", "field"), name="deviation_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                [
                                    "hand",
                                    "source",
                                    "merge",
                                    "undo",
                                    "rule",
                                    "other",
                                    "merged",
                                    "withdrawn",
                                    "missing",
                                    "unnamed",
                                ],
                            )
                        ),
                        name="deviation_reason_known",
                    ),
                ],
            },
        ),
    ]
