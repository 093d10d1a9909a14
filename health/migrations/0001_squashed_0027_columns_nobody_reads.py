"""What 0001 to 0027 make, as it stands after them. Their SQL is theirs; what only mends rows of before is left out."""

import datetime as dt
from importlib import import_module

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import config.folding
import health.models.scores


def original(name):
    return import_module(f"health.migrations.{name}").Migration.operations


class Migration(migrations.Migration):
    replaces = [
        ("health", "0001_initial"),
        ("health", "0002_partitions"),
        ("health", "0003_cases_drafts_and_purposes"),
        ("health", "0004_case_budget"),
        ("health", "0005_standings"),
        ("health", "0006_overrides"),
        ("health", "0007_case_rules_suggest_plans"),
        ("health", "0008_digests"),
        ("health", "0009_standing_changes_by_day"),
        ("health", "0010_own_measures_can_be_hidden"),
        ("health", "0011_replays_without_a_check_a_row"),
        ("health", "0012_people_of_a_day"),
        ("health", "0013_passed_cases"),
        ("health", "0014_late_milestones_together"),
        ("health", "0015_what_an_opportunity_is_worth"),
        ("health", "0016_sums_that_hold"),
        ("health", "0017_audiences_name_rows_by_id"),
        ("health", "0018_unknown_stakes"),
        ("health", "0019_precision_in_tenths"),
        ("health", "0020_part_well"),
        ("health", "0021_when_rows_changed"),
        ("health", "0022_lines_in_order"),
        ("health", "0023_parts_that_changed"),
        ("health", "0024_parts_after_reading"),
        ("health", "0025_found_by_words"),
        ("health", "0026_plan_taken_back"),
        ("health", "0027_columns_nobody_reads"),
    ]

    initial = True

    dependencies = [("accounts", "0037_found_by_words")]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("risk", "Risk"), ("opportunity", "Opportunity")], max_length=11, verbose_name="kind"
                    ),
                ),
                ("reason", models.SlugField(max_length=40, verbose_name="reason")),
                ("title", models.CharField(max_length=120, verbose_name="case")),
                (
                    "type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("adoption", "Adoption"),
                            ("value", "Value"),
                            ("relationship", "Relationship"),
                            ("support", "Support"),
                            ("product", "Product"),
                            ("commercial", "Commercial"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                ("plan", models.TextField(blank=True, default="", verbose_name="action plan")),
                (
                    "severity",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High"), ("urgent", "Urgent")],
                        default="medium",
                        max_length=6,
                        verbose_name="severity",
                    ),
                ),
                (
                    "value",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=24, null=True, verbose_name="at stake"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("working", "In progress"),
                            ("snoozed", "Snoozed"),
                            ("closed", "Closed"),
                        ],
                        default="new",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("alerted", models.BooleanField(default=True)),
                ("held_back", models.BooleanField(db_default=False, default=False)),
                ("opened_on", models.DateField(verbose_name="opened on")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("newest_evidence_on", models.DateField()),
                ("passed_on", models.DateField(blank=True, null=True)),
                ("snoozed_until", models.DateField(blank=True, null=True, verbose_name="snoozed until")),
                ("snooze_reason", models.CharField(blank=True, default="", max_length=200, verbose_name="reason")),
                ("acted_on", models.DateField(blank=True, null=True)),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed on")),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resolved", "Resolved"),
                            ("lost", "Not resolved, the customer goes"),
                            ("by_itself", "Passed without our doing"),
                            ("not_valid", "Not valid"),
                            ("duplicate", "Told elsewhere already"),
                        ],
                        default="",
                        max_length=9,
                        verbose_name="resolution",
                    ),
                ),
                (
                    "resolution_note",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="what came of it"),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cases",
                        to="accounts.customer",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "case",
                "indexes": [
                    models.Index(fields=["customer", "-id"], name="case_of_customer"),
                    models.Index(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=["owner", "due_on", "id"],
                        name="case_open_by_owner",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        config.folding.SearchGrams("title"),
                        condition=models.Q(("state", "closed"), _negated=True),
                        name="case_open_words",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=("customer", "reason"),
                        name="case_one_open_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["risk", "opportunity"])), name="case_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["new", "working", "snoozed", "closed"])),
                        name="case_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_on__isnull", False),
                                ("resolution__in", ["resolved", "lost", "by_itself", "not_valid", "duplicate"]),
                                ("state", "closed"),
                            ),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                ("closed_on__isnull", True),
                                ("resolution", ""),
                            ),
                            _connector="OR",
                        ),
                        name="case_closed_has_resolution",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "working"), _negated=True),
                            models.Q(models.Q(("type", ""), _negated=True), models.Q(("plan", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="case_worked_on_has_plan",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(models.Q(("state", "snoozed"), _negated=True), ("snoozed_until__isnull", True)),
                            models.Q(
                                ("snoozed_until__isnull", False),
                                ("state", "snoozed"),
                                models.Q(("snooze_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="case_snooze_has_end_and_reason",
                    ),
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="case_titled"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("planned", "Planned"),
                            ("unplanned", "Plan taken back"),
                            ("snoozed", "Snoozed"),
                            ("woken", "Woken"),
                            ("handed_on", "Handed on"),
                            ("closed", "Closed"),
                            ("reopened", "Opened again"),
                        ],
                        max_length=9,
                    ),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("note", models.CharField(blank=True, default="", max_length=500)),
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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="acts", to="health.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("about", models.CharField(blank=True, default="", max_length=300, verbose_name="what it says")),
                (
                    "kind",
                    models.CharField(
                        choices=[("risk", "Risk"), ("opportunity", "Opportunity")],
                        default="risk",
                        max_length=11,
                        verbose_name="kind",
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("adoption", "Adoption"),
                            ("value", "Value"),
                            ("relationship", "Relationship"),
                            ("support", "Support"),
                            ("product", "Product"),
                            ("commercial", "Commercial"),
                        ],
                        default="adoption",
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                ("reason", models.SlugField(max_length=40, verbose_name="reason")),
                ("detector", models.CharField(max_length=20, verbose_name="detects")),
                ("values", models.JSONField(blank=True, default=dict, verbose_name="values")),
                ("plan", models.CharField(blank=True, default="", max_length=300, verbose_name="suggested plan")),
                ("audience", models.JSONField(blank=True, default=list, verbose_name="audience")),
                (
                    "severity",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High"), ("urgent", "Urgent")],
                        default="medium",
                        max_length=6,
                        verbose_name="severity",
                    ),
                ),
                (
                    "due_days_high",
                    models.PositiveSmallIntegerField(default=3, verbose_name="due after (days), high touch"),
                ),
                (
                    "due_days_low",
                    models.PositiveSmallIntegerField(default=7, verbose_name="due after (days), low touch"),
                ),
                (
                    "due_days_tech",
                    models.PositiveSmallIntegerField(default=14, verbose_name="due after (days), tech touch"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("off_reason", models.CharField(blank=True, db_default="", default="", max_length=300)),
                (
                    "mode",
                    models.CharField(
                        choices=[("alert", "Alert at once"), ("digest", "Digest only")],
                        default="alert",
                        max_length=6,
                        verbose_name="mode",
                    ),
                ),
                ("demoted_on", models.DateField(blank=True, null=True)),
                ("judged_from", models.DateField(blank=True, null=True)),
                (
                    "precision_floor",
                    models.DecimalField(decimal_places=3, default="0.30", max_digits=4, verbose_name="least precision"),
                ),
                ("least_judged", models.PositiveSmallIntegerField(default=20, verbose_name="judged cases needed")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                ("swept_on", models.DateField(blank=True, editable=False, null=True)),
            ],
            options={
                "verbose_name": "case rule",
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="case_rule_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="case_rule_named"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["risk", "opportunity"])), name="case_rule_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("precision_floor__range", (0, 1))), name="case_rule_floor_0_to_1"
                    ),
                    models.CheckConstraint(condition=models.Q(("least_judged__gte", 1)), name="case_rule_judges_some"),
                ],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="health.caserule",
            ),
        ),
        migrations.CreateModel(
            name="CaseRuleChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("fields", models.JSONField(default=dict)),
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
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="health.caserule"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "scope",
                    models.CharField(
                        choices=[("own", "My customers"), ("team", "My team’s customers"), ("all", "All customers")],
                        max_length=4,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                (
                    "newest_case",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="health.case",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="digests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "day"), name="digest_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["own", "team", "all"])), name="digest_scope_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Feature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, verbose_name="key")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("is_core", models.BooleanField(default=False, verbose_name="core workflow")),
                (
                    "module",
                    models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="module"),
                ),
            ],
            options={
                "verbose_name": "feature",
                "constraints": [models.UniqueConstraint(fields=("key",), name="feature_key_once")],
            },
        ),
        migrations.CreateModel(
            name="FeatureDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id",
                        "day",
                        "feature_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("users", models.PositiveIntegerField(db_default=0, default=0)),
                ("uses", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feature_usage",
                        to="accounts.customer",
                    ),
                ),
                (
                    "feature",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="health.feature",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FirstNinety",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="first_ninety",
                        serialize=False,
                        to="accounts.customer",
                    ),
                ),
                ("judged_on", models.DateField(verbose_name="judged on")),
                ("is_good", models.BooleanField()),
                ("activation", models.BooleanField(verbose_name="activation")),
                ("value", models.BooleanField(verbose_name="first value")),
                ("growth", models.BooleanField(verbose_name="usage growth")),
                ("team", models.BooleanField(verbose_name="team adoption")),
            ],
            options={
                "indexes": [models.Index(fields=["judged_on"], name="first_ninety_judged_on")],
            },
        ),
        migrations.CreateModel(
            name="JourneyStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("activation", "Activation"),
                            ("adoption", "Adoption"),
                            ("expansion", "Expansion"),
                            ("renewal", "Renewal"),
                        ],
                        max_length=10,
                    ),
                ),
                ("entered_on", models.DateField()),
                ("left_on", models.DateField(blank=True, null=True)),
                (
                    "skipped",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_recorded", "Its first months are not in the record"),
                            ("not_seen", "The next step was done while this one was not seen in the data"),
                            ("no_growth", "It renewed without having grown"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="journey",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("left_on__isnull", True)),
                        fields=["step", "entered_on", "customer"],
                        name="journey_step_now",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "step"), name="journey_step_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("left_on__isnull", True)), fields=("customer",), name="journey_one_step_now"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step__in", ["activation", "adoption", "expansion", "renewal"])),
                        name="journey_step_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_on__isnull", True), ("left_on__gte", models.F("entered_on")), _connector="OR"
                        ),
                        name="journey_left_after_entered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("skipped", ""),
                            models.Q(
                                ("left_on__isnull", False), ("skipped__in", ["not_recorded", "not_seen", "no_growth"])
                            ),
                            _connector="OR",
                        ),
                        name="journey_skip_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("activation", "Activation"),
                            ("habit", "Habit"),
                            ("value", "Value shown"),
                            ("team", "Team adoption"),
                        ],
                        max_length=10,
                        verbose_name="milestone",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                ("reached_on", models.DateField(blank=True, null=True, verbose_name="reached on")),
                ("missed_on", models.DateField(blank=True, null=True, verbose_name="found late on")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="milestones",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "milestone",
                "constraints": [models.UniqueConstraint(fields=("customer", "key"), name="milestone_once")],
            },
        ),
        migrations.CreateModel(
            name="DigestLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("new", "New cases"),
                            ("due", "Fell due"),
                            ("plan", "Without a plan for days"),
                            ("woke", "Back from snooze"),
                            ("band", "Changed band"),
                            ("milestone", "Milestones late"),
                        ],
                        max_length=9,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "band_before",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        default="",
                        max_length=6,
                    ),
                ),
                (
                    "band_after",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        default="",
                        max_length=6,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="health.case",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
                    ),
                ),
                (
                    "digest",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="health.digest",
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="health.milestone",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("digest", "kind", "position"), name="digest_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["new", "due", "plan", "woke", "band", "milestone"])),
                        name="digest_line_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("value", models.PositiveSmallIntegerField(verbose_name="score instead")),
                (
                    "band",
                    models.CharField(
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        max_length=6,
                        verbose_name="band",
                    ),
                ),
                ("from_day", models.DateField(verbose_name="from")),
                ("until_day", models.DateField(verbose_name="until")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "computed",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="computed then"
                    ),
                ),
                (
                    "computed_band",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        default="",
                        max_length=6,
                    ),
                ),
                ("withdrawn_on", models.DateField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="accounts.customer",
                    ),
                ),
                (
                    "withdrawn_by",
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
                "verbose_name": "override",
                "indexes": [models.Index(fields=["customer", "-from_day"], name="override_newest")],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("customer_id"),
                                    models.F("customer_id"),
                                    models.Value("[]"),
                                    function="int8range",
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("from_day"),
                                    django.db.models.functions.comparison.Greatest(
                                        models.F("from_day"),
                                        django.db.models.functions.comparison.Least(
                                            models.F("until_day"), models.F("withdrawn_on")
                                        ),
                                    ),
                                    function="daterange",
                                ),
                                "&&",
                            ),
                        ],
                        name="override_one_holds",
                    ),
                    models.CheckConstraint(condition=models.Q(("value__range", (0, 100))), name="override_0_to_100"),
                    models.CheckConstraint(
                        condition=models.Q(("band__in", ["green", "yellow", "red"])), name="override_has_band"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="override_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_day__gt", models.F("from_day")),
                            (
                                "until_day__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("from_day"), "+", models.Value(dt.timedelta(days=180))
                                ),
                            ),
                        ),
                        name="override_180_days_at_most",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_by__isnull", True), ("withdrawn_on__isnull", True)),
                            models.Q(("withdrawn_by__isnull", False), ("withdrawn_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="override_withdrawn_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("about", models.CharField(blank=True, default="", max_length=300, verbose_name="what it says")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("feature", "Use of a feature"),
                            ("attribute", "Attribute of the customer"),
                            ("survey", "Survey"),
                        ],
                        max_length=9,
                        verbose_name="from",
                    ),
                ),
                ("attribute", models.CharField(blank=True, default="", max_length=80, verbose_name="attribute")),
                ("survey", models.CharField(blank=True, default="", max_length=6, verbose_name="survey")),
                (
                    "statistic",
                    models.CharField(
                        choices=[
                            ("sum", "Sum"),
                            ("mean", "Average"),
                            ("most", "Largest"),
                            ("days", "Days with any"),
                            ("trend", "Change against the window before"),
                            ("newest", "Newest"),
                        ],
                        max_length=6,
                        verbose_name="taken as",
                    ),
                ),
                ("window_days", models.PositiveSmallIntegerField(default=28, verbose_name="window (days)")),
                ("zero_at", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="0 points at")),
                ("full_at", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="100 points at")),
                ("shelf_life_days", models.PositiveSmallIntegerField(default=90, verbose_name="shelf life (days)")),
                ("is_hidden", models.BooleanField(db_default=False, default=False, verbose_name="hidden")),
                ("created_on", models.DateField()),
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
                    "feature",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="health.feature",
                    ),
                ),
            ],
            options={
                "verbose_name": "own measure",
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="own_measure_once"),
                    models.CheckConstraint(
                        condition=models.Q(("key__startswith", "own_")), name="own_measure_key_is_own"
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="own_measure_named"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("attribute", ""), ("feature__isnull", False), ("source", "feature"), ("survey", "")
                            ),
                            models.Q(
                                ("feature__isnull", True),
                                ("source", "attribute"),
                                ("survey", ""),
                                models.Q(("attribute", ""), _negated=True),
                            ),
                            models.Q(
                                ("attribute", ""),
                                ("feature__isnull", True),
                                ("source", "survey"),
                                ("survey__in", ["nps", "csat", "ces", "intent"]),
                            ),
                            _connector="OR",
                        ),
                        name="own_measure_has_its_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("zero_at", models.F("full_at")), _negated=True), name="own_measure_slopes"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("window_days__range", (1, 400))), name="own_measure_window"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RollupMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RuleHold",
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
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="health.caserule",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("until__isnull", False)), fields=["rule", "until"], name="rule_hold_ended"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)), fields=("rule", "customer"), name="rule_holds_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="rule_hold_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Scorecard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("health", "Health"),
                            ("risk", "Risk"),
                            ("expansion", "Expansion"),
                            ("adoption", "Adoption"),
                        ],
                        default="health",
                        max_length=9,
                        verbose_name="purpose",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1, verbose_name="position")),
                (
                    "stages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("onboarding", "Onboarding"), ("growth", "Growth"), ("mature", "Mature")],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("is_published", models.BooleanField(default=False, verbose_name="in use")),
                ("is_draft", models.BooleanField(default=False, verbose_name="draft")),
                ("note", models.CharField(blank=True, default="", max_length=300, verbose_name="what is new")),
                (
                    "measures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, editable=False, size=None
                    ),
                ),
                (
                    "green_from",
                    models.DecimalField(decimal_places=2, default=70, max_digits=5, verbose_name="green from"),
                ),
                (
                    "yellow_from",
                    models.DecimalField(decimal_places=2, default=45, max_digits=5, verbose_name="yellow from"),
                ),
                ("created_on", models.DateField()),
                (
                    "based_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="health.scorecard",
                    ),
                ),
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
                ("segments", models.ManyToManyField(blank=True, related_name="scorecards", to="accounts.segment")),
            ],
            options={
                "verbose_name": "scorecard",
                "constraints": [
                    models.UniqueConstraint(fields=("key", "version"), name="scorecard_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_published", True)), fields=("key",), name="scorecard_one_published"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_draft", True)), fields=("key",), name="scorecard_one_draft"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_draft", True), ("is_published", True), _negated=True),
                        name="scorecard_draft_is_not_in_use",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["health", "risk", "expansion", "adoption"])),
                        name="scorecard_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("green_from__gt", models.F("yellow_from")), ("yellow_from__gt", 0), ("green_from__lt", 100)
                        ),
                        name="scorecard_bands_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("day", models.DateField(verbose_name="from")),
                ("value", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="score")),
                ("raw", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="before ceilings")),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        default="",
                        max_length=6,
                        verbose_name="band",
                    ),
                ),
                ("coverage", models.DecimalField(decimal_places=3, default=0, max_digits=4, verbose_name="coverage")),
                ("oldest_input_on", models.DateField(null=True, verbose_name="oldest input")),
                ("ceiling", models.CharField(blank=True, default="", max_length=14)),
                (
                    "points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(null=True), default=list, size=None
                    ),
                ),
                (
                    "weights",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=health.models.scores.RealField(), default=list, size=None
                    ),
                ),
                (
                    "amounts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(null=True), default=list, size=None
                    ),
                ),
                (
                    "inputs_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(null=True), default=list, size=None
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="accounts.customer",
                    ),
                ),
                (
                    "scorecard",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="health.scorecard",
                    ),
                ),
            ],
            options={
                "verbose_name": "score",
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "day"), name="score_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("band", ""), ("value__isnull", True)),
                            models.Q(("band__in", ["green", "yellow", "red"]), ("value__range", (0, 100))),
                            _connector="OR",
                        ),
                        name="score_has_band",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("coverage__range", (0, 1))), name="score_coverage_0_to_1"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplayedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("rules", models.CharField(max_length=32)),
                ("customers", models.PositiveIntegerField()),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="replayed_days", to="health.scorecard"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("scorecard", "day"), name="replayed_day_once")],
            },
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("value", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        default="",
                        max_length=6,
                    ),
                ),
                ("coverage", models.DecimalField(decimal_places=3, default=0, max_digits=4)),
                (
                    "points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(null=True), default=list, size=None
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "scorecard",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replays",
                        to="health.scorecard",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("scorecard", "customer", "day"), name="replay_once")],
            },
        ),
        migrations.CreateModel(
            name="NamedScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="from")),
                ("value", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="score")),
                ("raw", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="before ceilings")),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[("green", "Green"), ("yellow", "Yellow"), ("red", "Red")],
                        default="",
                        max_length=6,
                        verbose_name="band",
                    ),
                ),
                ("coverage", models.DecimalField(decimal_places=3, default=0, max_digits=4, verbose_name="coverage")),
                ("oldest_input_on", models.DateField(null=True, verbose_name="oldest input")),
                ("ceiling", models.CharField(blank=True, default="", max_length=14)),
                (
                    "points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(null=True), default=list, size=None
                    ),
                ),
                (
                    "weights",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=health.models.scores.RealField(), default=list, size=None
                    ),
                ),
                (
                    "amounts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(null=True), default=list, size=None
                    ),
                ),
                (
                    "inputs_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(null=True), default=list, size=None
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("health", "Health"),
                            ("risk", "Risk"),
                            ("expansion", "Expansion"),
                            ("adoption", "Adoption"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_scores",
                        to="accounts.customer",
                    ),
                ),
                (
                    "scorecard",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="named_scores",
                        to="health.scorecard",
                    ),
                ),
            ],
            options={
                "verbose_name": "named score",
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "purpose", "day"), name="named_score_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("purpose", "health"), _negated=True), name="named_score_is_not_health"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("band", ""), ("value__isnull", True)),
                            models.Q(("band__in", ["green", "yellow", "red"]), ("value__range", (0, 100))),
                            _connector="OR",
                        ),
                        name="named_score_has_band",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("coverage__range", (0, 1))), name="named_score_coverage_0_to_1"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasureGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                ("weight", models.DecimalField(decimal_places=2, max_digits=6, verbose_name="weight")),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="health.scorecard"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scorecard", "key"), name="measure_group_once"),
                    models.CheckConstraint(condition=models.Q(("weight__gt", 0)), name="measure_group_weight_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ceiling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("champion_left", "Champion left, nobody named"),
                            ("login_only", "Log-ins without core work"),
                            ("silent", "No use for 30 days"),
                            ("no_value", "Content with support, no outcome reached"),
                            ("overdue", "An invoice is 60 days overdue"),
                        ],
                        max_length=14,
                        verbose_name="condition",
                    ),
                ),
                ("at_most", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="at most")),
                (
                    "scorecard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ceilings", to="health.scorecard"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scorecard", "condition"), name="ceiling_once"),
                    models.CheckConstraint(condition=models.Q(("at_most__range", (0, 100))), name="ceiling_0_to_100"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScorecardAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("drafted", "Draft begun"),
                            ("published", "Published"),
                            ("rolled_back", "Rolled back"),
                            ("discarded", "Draft discarded"),
                            ("retired", "Taken out of use"),
                        ],
                        max_length=11,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("day", models.DateField()),
                ("note", models.CharField(blank=True, default="", max_length=300)),
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
            ],
            options={
                "indexes": [models.Index(fields=["key", "-id"], name="scorecard_act_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("act__in", ["drafted", "published", "rolled_back", "discarded", "retired"])
                        ),
                        name="scorecard_act_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScorecardMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.SlugField(max_length=40, verbose_name="measure")),
                ("position", models.PositiveSmallIntegerField(db_default=1, default=1, editable=False)),
                ("window_days", models.PositiveSmallIntegerField(default=28, verbose_name="window (days)")),
                ("zero_at", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="0 points at")),
                ("full_at", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="100 points at")),
                ("weight", models.DecimalField(decimal_places=2, max_digits=6, verbose_name="weight")),
                ("shelf_life_days", models.PositiveSmallIntegerField(default=90, verbose_name="shelf life (days)")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="measures", to="health.measuregroup"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "measure"), name="scorecard_measure_once"),
                    models.CheckConstraint(
                        condition=models.Q(("weight__gt", 0)), name="scorecard_measure_weight_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("zero_at", models.F("full_at")), _negated=True),
                        name="scorecard_measure_slopes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("window_days__range", (1, 400))), name="scorecard_measure_window"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoredRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("rules", models.CharField(max_length=32)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("first_id", "last_id"), name="scored_range_once")],
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("retention", "Retention state"),
                            ("ladder", "Rung of the ladder"),
                            ("motion", "Next motion"),
                        ],
                        max_length=9,
                    ),
                ),
                ("state", models.CharField(max_length=10)),
                ("since", models.DateField()),
                ("facts", models.JSONField(default=dict)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="standings",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "state", "customer"], name="standing_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "retention"), ("state__in", ["active", "passive", "unknown"])),
                            models.Q(("kind", "ladder"), ("state__in", ["none", "retention", "loyalty", "advocacy"])),
                            models.Q(
                                ("kind", "motion"),
                                (
                                    "state__in",
                                    [
                                        "part",
                                        "save",
                                        "high_touch",
                                        "onboard",
                                        "prepare",
                                        "find_out",
                                        "expand",
                                        "touch",
                                        "strengthen",
                                        "nurture",
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="standing_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StandingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("retention", "Retention state"),
                            ("ladder", "Rung of the ladder"),
                            ("motion", "Next motion"),
                        ],
                        max_length=9,
                    ),
                ),
                ("from_day", models.DateField()),
                ("state", models.CharField(blank=True, default="", max_length=10)),
                ("facts", models.JSONField(default=dict)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="standing_changes",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "-from_day", "-id"], name="standing_change_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "kind", "from_day"), name="standing_change_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "retention"), ("state__in", ["active", "passive", "unknown", ""])),
                            models.Q(
                                ("kind", "ladder"), ("state__in", ["none", "retention", "loyalty", "advocacy", ""])
                            ),
                            models.Q(
                                ("kind", "motion"),
                                (
                                    "state__in",
                                    [
                                        "part",
                                        "save",
                                        "high_touch",
                                        "onboard",
                                        "prepare",
                                        "find_out",
                                        "expand",
                                        "touch",
                                        "strengthen",
                                        "nurture",
                                        "",
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="standing_change_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("nps", "NPS"), ("csat", "CSAT"), ("ces", "CES"), ("intent", "Renewal intent")],
                        max_length=6,
                        verbose_name="survey",
                    ),
                ),
                ("answer", models.PositiveSmallIntegerField(verbose_name="answer")),
                ("answered_on", models.DateField(verbose_name="answered on")),
                ("comment", models.TextField(blank=True, default="", verbose_name="comment")),
                ("source", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=200)),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.contact",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="surveys",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey response",
                "indexes": [models.Index(fields=["customer", "answered_on"], name="survey_customer_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "external_id"), name="survey_response_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer__lte", 10), ("kind__in", ["nps", "intent"])),
                            models.Q(("answer__range", (1, 5)), ("kind", "csat")),
                            models.Q(("answer__range", (1, 7)), ("kind", "ces")),
                            _connector="OR",
                        ),
                        name="survey_answer_on_its_scale",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TenureThreshold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_days", models.PositiveSmallIntegerField(verbose_name="from day")),
                ("zero_at", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="0 points at")),
                ("full_at", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="100 points at")),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="by_tenure",
                        to="health.scorecardmeasure",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("line", "from_days"), name="tenure_threshold_once"),
                    models.CheckConstraint(
                        condition=models.Q(("from_days__gte", 1)), name="tenure_threshold_after_the_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("zero_at", models.F("full_at")), _negated=True),
                        name="tenure_threshold_slopes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=200)),
                ("subject", models.CharField(blank=True, default="", max_length=200, verbose_name="subject")),
                ("topic", models.CharField(blank=True, default="", max_length=80, verbose_name="topic")),
                (
                    "severity",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High"), ("urgent", "Urgent")],
                        max_length=6,
                        verbose_name="severity",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("first_response_at", models.DateTimeField(blank=True, null=True, verbose_name="first response")),
                ("solved_at", models.DateTimeField(blank=True, null=True, verbose_name="solved")),
                ("reopened", models.PositiveSmallIntegerField(default=0, verbose_name="reopened")),
                ("escalated", models.BooleanField(default=False, verbose_name="escalated")),
                ("csat", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="CSAT")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tickets",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket",
                "indexes": [models.Index(fields=["customer", "opened_at"], name="ticket_customer_opened")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "external_id"), name="ticket_once"),
                    models.CheckConstraint(
                        condition=models.Q(("csat__isnull", True), ("csat__range", (1, 5)), _connector="OR"),
                        name="ticket_csat_1_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["low", "medium", "high", "urgent"])),
                        name="ticket_severity_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("solved_at__isnull", True), ("solved_at__gte", models.F("opened_at")), _connector="OR"
                        ),
                        name="ticket_solved_after_opened",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageDay",
            fields=[
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "customer_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("active_users", models.PositiveIntegerField(db_default=0, default=0)),
                ("sessions", models.PositiveIntegerField(db_default=0, default=0)),
                ("uses", models.PositiveIntegerField(db_default=0, default=0)),
                ("core_uses", models.PositiveIntegerField(db_default=0, default=0)),
                ("features", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("seconds", models.PositiveIntegerField(db_default=0, default=0)),
                ("errors", models.PositiveIntegerField(db_default=0, default=0)),
                ("feature_bits", models.BigIntegerField(db_default=0, default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="usage",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UsageRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("message_id", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=32)),
                ("day", models.DateField()),
                ("users", models.PositiveIntegerField(default=0)),
                ("person", models.BigIntegerField(null=True)),
                ("apart", models.BooleanField(db_default=False, default=False)),
                ("uses", models.PositiveIntegerField(default=0)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("errors", models.PositiveIntegerField(default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "feature",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="health.feature"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "day"], name="usage_record_customer_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "message_id", "digest"), name="usage_record_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="health.case"
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="health.caserule",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("rule__isnull", False)),
                        fields=("case", "rule", "day"),
                        name="case_evidence_once_a_day",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["rule", "-opened_on"], name="case_of_rule"),
        ),
        *original("0002_partitions"),
        *original("0021_when_rows_changed")[-1:],
        *original("0024_parts_after_reading"),
    ]
