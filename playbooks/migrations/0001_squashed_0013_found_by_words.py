"""What 0001 to 0013 make, as it stands after them. Their SQL is theirs; what only mends rows of before is left out."""

from importlib import import_module

import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import config.folding


def original(name):
    return import_module(f"playbooks.migrations.{name}").Migration.operations


class Migration(migrations.Migration):
    replaces = [
        ("playbooks", "0001_initial"),
        ("playbooks", "0002_case_trigger"),
        ("playbooks", "0003_plays_end_with_their_case"),
        ("playbooks", "0004_step_anchors"),
        ("playbooks", "0005_state_triggers"),
        ("playbooks", "0006_drops_and_limits_are_states"),
        ("playbooks", "0007_triggers_known"),
        ("playbooks", "0008_reasons_of_before"),
        ("playbooks", "0009_audiences_name_rows_by_id"),
        ("playbooks", "0010_when_rows_changed"),
        ("playbooks", "0011_steps_change_places"),
        ("playbooks", "0012_how_long_tasks_took"),
        ("playbooks", "0013_found_by_words"),
    ]

    initial = True

    dependencies = [("accounts", "0037_found_by_words"), ("renewals", "0011_calls_undone")]

    operations = [
        migrations.CreateModel(
            name="Playbook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60, verbose_name="key")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("description", models.TextField(blank=True, default="", verbose_name="what it is for")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused")],
                        default="active",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "playbook",
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="playbook_key_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="playbook_named"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "paused"])), name="playbook_state_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlaybookVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                (
                    "trigger_kind",
                    models.CharField(
                        choices=[
                            ("renewal_due", "Renewal prep opens"),
                            ("renewal_closed", "Renewal closed"),
                            ("milestone_missed", "Milestone missed"),
                            ("stage_entered", "Stage entered"),
                            ("case_opened", "Case opened"),
                            ("state", "State entered"),
                            ("by_hand", "By hand"),
                        ],
                        max_length=16,
                        verbose_name="trigger",
                    ),
                ),
                ("trigger", models.JSONField(blank=True, default=dict)),
                ("audience", models.JSONField(blank=True, default=list, verbose_name="audience")),
                ("reentry_days", models.PositiveSmallIntegerField(default=90, verbose_name="enter again after (days)")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "playbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="playbooks.playbook"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("playbook", "number"), name="playbook_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "trigger_kind__in",
                                [
                                    "renewal_due",
                                    "renewal_closed",
                                    "milestone_missed",
                                    "stage_entered",
                                    "case_opened",
                                    "state",
                                    "by_hand",
                                ],
                            )
                        ),
                        name="playbook_trigger_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", True)),
                        fields=("playbook",),
                        name="playbook_one_draft",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlaybookStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200, verbose_name="task")),
                ("note", models.TextField(blank=True, default="", verbose_name="how")),
                (
                    "assignee",
                    models.CharField(
                        choices=[("owner", "Customer's owner"), ("manager", "Owner's manager")],
                        default="owner",
                        max_length=7,
                        verbose_name="assignee",
                    ),
                ),
                ("due_business_days", models.PositiveSmallIntegerField(default=2, verbose_name="due (working days)")),
                (
                    "anchor",
                    models.CharField(
                        choices=[
                            ("entering", "after entering"),
                            ("notice", "before notice is due"),
                            ("end", "before the term ends"),
                        ],
                        db_default="entering",
                        default="entering",
                        max_length=8,
                        verbose_name="counted",
                    ),
                ),
                (
                    "prep_part",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("health", "Health and usage reviewed"),
                            ("value", "Value and ROI documented"),
                            ("issues", "Open issues settled"),
                            ("case", "Business case written"),
                        ],
                        default="",
                        max_length=6,
                        verbose_name="part of renewal prep",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="playbooks.playbookversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                        fields=("version", "position"),
                        name="playbook_step_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="playbook_step_named"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("assignee__in", ["owner", "manager"])), name="playbook_step_assignee_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("anchor__in", ["entering", "notice", "end"])),
                        name="playbook_step_anchor_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("prep_part__in", ["", "health", "value", "issues", "case"])),
                        name="playbook_step_part_known",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="playbook",
            name="published",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="playbooks.playbookversion",
            ),
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("occasion", models.CharField(max_length=80)),
                ("why", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("exited", "Exited")],
                        default="running",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("enrolled_on", models.DateField(verbose_name="entered on")),
                ("finished_on", models.DateField(blank=True, null=True)),
                (
                    "exit_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("churned", "The customer churned"),
                            ("merged", "Merged into another customer"),
                            ("closed", "The renewal was closed"),
                            ("case", "The case was closed"),
                            ("void", "The renewal is void"),
                            ("leaves", "The end of the contract is confirmed"),
                            ("stopped", "Stopped by hand"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="why it left",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="enrolments", to="accounts.customer"
                    ),
                ),
                (
                    "enrolled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "renewal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrolments",
                        to="renewals.renewal",
                    ),
                ),
                (
                    "playbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="playbooks.playbook"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="playbooks.playbookversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "enrolment",
                "indexes": [
                    models.Index(fields=["playbook", "state", "-id"], name="enrolment_of_playbook"),
                    models.Index(condition=models.Q(("state", "running")), fields=["id"], name="enrolment_running"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "playbook", "occasion"), name="enrolment_once"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", "running"), models.Q(("occasion__startswith", "renewal:"), _negated=True)
                        ),
                        fields=("customer", "playbook"),
                        name="enrolment_one_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("exit_reason", ""), ("finished_on__isnull", True), ("state", "running")),
                            models.Q(("exit_reason", ""), ("finished_on__isnull", False), ("state", "done")),
                            models.Q(
                                (
                                    "exit_reason__in",
                                    ["churned", "merged", "closed", "case", "void", "leaves", "stopped"],
                                ),
                                ("finished_on__isnull", False),
                                ("state", "exited"),
                            ),
                            _connector="OR",
                        ),
                        name="enrolment_finished_has_day_and_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="task")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                (
                    "assigned_as",
                    models.CharField(
                        choices=[
                            ("owner", "Customer's owner"),
                            ("manager", "Owner's manager"),
                            ("person", "One person"),
                        ],
                        default="person",
                        max_length=7,
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                ("snoozed_until", models.DateField(blank=True, null=True, verbose_name="snoozed until")),
                ("snooze_reason", models.CharField(blank=True, default="", max_length=200, verbose_name="reason")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "Done"),
                            ("no_answer", "No answer"),
                            ("not_needed", "Not needed"),
                            ("not_valid", "Not valid"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("minutes", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="Took (minutes)")),
                ("outcome_note", models.TextField(blank=True, default="", verbose_name="what came of it")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="accounts.customer"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="playbooks.enrolment",
                    ),
                ),
                (
                    "renewal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="renewals.renewal",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="playbooks.playbookstep",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["assignee", "due_on", "id"],
                        name="task_open_by_assignee",
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", False)),
                        fields=["done_by", "-done_at"],
                        name="task_done_by",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        config.folding.SearchGrams("title"),
                        condition=models.Q(("done_at__isnull", True)),
                        name="task_open_words",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("enrolment", "step"), name="task_once_a_step"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("outcome", "")),
                            models.Q(
                                ("done_at__isnull", False),
                                ("outcome__in", ["done", "no_answer", "not_needed", "not_valid"]),
                            ),
                            _connector="OR",
                        ),
                        name="task_done_has_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("snoozed_until__isnull", True),
                            models.Q(("snooze_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="task_snooze_has_reason",
                    ),
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="task_named"),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__isnull", True), ("minutes__range", (1, 1440)), _connector="OR"),
                        name="task_minutes_within_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("assigned_as__in", ["owner", "manager", "person"])),
                        name="task_assigned_as_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlaybookHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
                    ),
                ),
                (
                    "playbook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="playbooks.playbook",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["playbook", "until"],
                        name="playbook_hold_ended",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("playbook", "customer"),
                        name="playbook_holds_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="playbook_hold_ends_after_start",
                    ),
                ],
            },
        ),
        *original("0010_when_rows_changed")[-1:],
    ]
