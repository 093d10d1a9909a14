"""What 0001 to 0005 make, as it stands after them. Their SQL is theirs; what only mends rows of before is left out."""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


def original(name):
    return import_module(f"config.outbox.migrations.{name}").Migration.operations


class Migration(migrations.Migration):
    replaces = [
        ("outbox", "0001_initial"),
        ("outbox", "0002_cache"),
        ("outbox", "0003_sending_and_decided"),
        ("outbox", "0004_heartbeats_of_every_process"),
        ("outbox", "0005_columns_nobody_reads"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True)),
                ("then_kind", models.CharField(blank=True, default="", max_length=80)),
                ("then_payload", models.JSONField(default=dict)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("process", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("member", models.CharField(max_length=20)),
                ("beat_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("redis_ok", models.BooleanField(null=True)),
                ("redis_version", models.CharField(blank=True, default="", max_length=40)),
                ("clock_ahead", models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Tick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("schedule", models.CharField(max_length=40)),
                ("tick", models.CharField(max_length=40)),
                ("claimed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("schedule", "tick"), name="tick_claimed_once")],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=80)),
                ("dedup_key", models.CharField(max_length=300, unique=True)),
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("sending", "Sending"),
                            ("done", "Done"),
                            ("dead", "Dead"),
                            ("unknown", "Unknown"),
                            ("dropped", "Dropped"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("publications", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("publish_after", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("sending_since", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("sent", "It went out"), ("again", "Once more"), ("dropped", "Dismissed")],
                        db_default="",
                        default="",
                        max_length=8,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, db_default="", default="", max_length=254)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="outbox.batch"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")), fields=["publish_after"], name="outbox_to_publish"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["dead", "unknown"])), fields=["state"], name="outbox_parked"
                    ),
                    models.Index(fields=["settled_at"], name="outbox_settled"),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["sending_since"], name="outbox_sending"
                    ),
                    models.Index(
                        condition=models.Q(("decision", ""), _negated=True),
                        fields=["-decided_at"],
                        name="outbox_decided",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["pending", "sending", "done", "dead", "unknown", "dropped"])),
                        name="outbox_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("state__in", ["pending", "sending"])),
                            models.Q(
                                models.Q(("state__in", ["pending", "sending"]), _negated=True),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="outbox_settled_unless_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sending"), _negated=True),
                            ("sending_since__isnull", False),
                            _connector="OR",
                        ),
                        name="outbox_sending_since",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by", ""), ("decision", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decision__in", ["sent", "again", "dropped"]),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="outbox_decided_by_whom",
                    ),
                ],
            },
        ),
        *original("0002_cache"),
    ]
