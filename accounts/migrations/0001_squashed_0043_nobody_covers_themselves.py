"""What 0001 to 0043 make, as it stands after them. Their SQL is theirs; what only mends rows of before is left out."""

import uuid
from importlib import import_module

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import config.folding

RATES = import_module("accounts.migrations.0017_rates_that_are_known_since")


def original(name):
    return import_module(f"accounts.migrations.{name}").Migration.operations


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_reporting_rate"),
        ("accounts", "0003_dealings"),
        ("accounts", "0004_alert_budget_and_digest_choices"),
        ("accounts", "0005_sentiment_history"),
        ("accounts", "0006_sentiments_of_touches"),
        ("accounts", "0007_installation_url"),
        ("accounts", "0008_dated_entitlements"),
        ("accounts", "0009_dated_attributes"),
        ("accounts", "0010_parallel_rates"),
        ("accounts", "0011_closing_days"),
        ("accounts", "0012_facts_of_the_record"),
        ("accounts", "0013_what_touches_were"),
        ("accounts", "0014_two_way_touches"),
        ("accounts", "0015_dated_lines_and_payment"),
        ("accounts", "0016_changes_a_reader"),
        ("accounts", "0017_rates_that_are_known_since"),
        ("accounts", "0018_handovers_and_covers"),
        ("accounts", "0019_no_circle_of_managers"),
        ("accounts", "0020_outcome_periods_and_next_prep"),
        ("accounts", "0021_what_files_may_not_rewrite"),
        ("accounts", "0022_owners_that_files_named"),
        ("accounts", "0023_rules_name_rows_by_id"),
        ("accounts", "0024_periods_that_nobody_said"),
        ("accounts", "0025_what_absence_ended"),
        ("accounts", "0026_contracts_beside"),
        ("accounts", "0027_fewer_customer_indexes"),
        ("accounts", "0028_when_rows_changed"),
        ("accounts", "0029_parts_that_changed"),
        ("accounts", "0030_no_reviews_every_0_days"),
        ("accounts", "0031_reviews_positive_or_none"),
        ("accounts", "0032_parts_after_reading"),
        ("accounts", "0033_invitations"),
        ("accounts", "0034_planned_durations"),
        ("accounts", "0035_first_steps"),
        ("accounts", "0036_first_steps_are_behind"),
        ("accounts", "0037_found_by_words"),
        ("accounts", "0038_acts_on_many_rows"),
        ("accounts", "0039_owners_of_new_customers"),
        ("accounts", "0040_saved_views"),
        ("accounts", "0041_absences_without_cover"),
        ("accounts", "0042_columns_nobody_reads"),
        ("accounts", "0043_nobody_covers_themselves"),
    ]

    initial = True

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        *original("0037_found_by_words")[:1],
        migrations.CreateModel(
            name="ClosingDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("name", models.CharField(blank=True, default="", max_length=120, verbose_name="occasion")),
            ],
            options={
                "verbose_name": "closing day",
                "verbose_name_plural": "closing days",
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "reading",
                    models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="reading"),
                ),
                ("domain", models.CharField(blank=True, default="", max_length=253, verbose_name="domain")),
                ("industry", models.CharField(blank=True, default="", max_length=80, verbose_name="industry")),
                ("use_case", models.CharField(blank=True, default="", max_length=80, verbose_name="use case")),
                ("employees", models.PositiveIntegerField(blank=True, null=True, verbose_name="employees")),
                ("country", models.CharField(blank=True, default="", max_length=2, verbose_name="country")),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("prospect", "Prospect"),
                            ("live", "Live"),
                            ("notice", "Notice given"),
                            ("churned", "Churned"),
                        ],
                        default="prospect",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[("onboarding", "Onboarding"), ("growth", "Growth"), ("mature", "Mature")],
                        default="onboarding",
                        max_length=10,
                        verbose_name="stage",
                    ),
                ),
                (
                    "touch_model",
                    models.CharField(
                        choices=[("high", "High touch"), ("low", "Low touch"), ("tech", "Tech touch")],
                        default="high",
                        max_length=5,
                        verbose_name="touch model",
                    ),
                ),
                (
                    "pin_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason of the pin"),
                ),
                ("first_contract_on", models.DateField(blank=True, null=True, verbose_name="customer since")),
                ("leaves_on", models.DateField(blank=True, null=True, verbose_name="leaves on")),
                ("sentiment", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="CSM sentiment")),
                ("sentiment_on", models.DateField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("arr", models.DecimalField(decimal_places=2, default=0, max_digits=24, null=True, verbose_name="ARR")),
                ("last_touch_on", models.DateField(blank=True, null=True, verbose_name="last touch")),
                (
                    "score",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="health"),
                ),
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
                ("band_since", models.DateField(blank=True, null=True)),
                ("scored_at", models.DateTimeField(blank=True, null=True)),
                ("next_renewal_on", models.DateField(blank=True, null=True, verbose_name="next renewal")),
                ("next_prep_on", models.DateField(blank=True, null=True, verbose_name="next renewal prep")),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_from",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "indexes": [
                    models.Index(fields=["score", "id"], name="customer_score"),
                    models.Index(fields=["arr", "id"], name="customer_arr"),
                    models.Index(fields=["next_renewal_on", "id"], name="customer_renewal"),
                    models.Index(fields=["name", "id"], name="customer_name"),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="customer_merged",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="customer_named"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["prospect", "live", "notice", "churned"])),
                        name="customer_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["onboarding", "growth", "mature"])),
                        name="customer_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("touch_model__in", ["high", "low", "tech"])),
                        name="customer_touch_model_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("band", ""), ("score__isnull", True)),
                            models.Q(("band__in", ["green", "yellow", "red"]), ("score__range", (0, 100))),
                            _connector="OR",
                        ),
                        name="customer_score_has_band",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sentiment__isnull", True), ("sentiment__range", (1, 5)), _connector="OR"),
                        name="customer_sentiment_1_to_5",
                    ),
                    models.CheckConstraint(condition=models.Q(("arr__gte", 0)), name="customer_arr_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[("csm", "CSM"), ("manager", "Manager"), ("admin", "Admin"), ("viewer", "Viewer")],
                        default="csm",
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("ja", "日本語")],
                        default="en",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("time_zone", models.CharField(blank=True, default="", max_length=64, verbose_name="time zone")),
                (
                    "digest_scope",
                    models.CharField(
                        blank=True,
                        choices=[("own", "My customers"), ("team", "My team’s customers"), ("all", "All customers")],
                        db_default="",
                        default="",
                        max_length=4,
                        verbose_name="daily digest about",
                    ),
                ),
                (
                    "digest_mail",
                    models.BooleanField(db_default=True, default=True, verbose_name="daily digest by email"),
                ),
                (
                    "weekly_hours",
                    models.DecimalField(
                        db_default=40,
                        decimal_places=1,
                        default=40,
                        max_digits=4,
                        verbose_name="Hours a week by contract",
                    ),
                ),
                (
                    "customer_share",
                    models.PositiveSmallIntegerField(
                        db_default=80, default=80, verbose_name="Of it for customers (percent)"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("is_staff", models.BooleanField(default=False, verbose_name="may open the Django admin")),
                (
                    "date_joined",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="joined"),
                ),
                ("invited_at", models.DateTimeField(editable=False, null=True, verbose_name="invited")),
                (
                    "guide_put_away",
                    models.BooleanField(
                        db_default=False, default=False, editable=False, verbose_name="first steps put away"
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reports to",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        config.folding.SearchGrams("name", "email"), name="user_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("email",), name="user_email_once"),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="user_email_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["csm", "manager", "admin", "viewer"])), name="user_role_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest_scope__in", ["", "own", "team", "all"])),
                        name="user_digest_scope_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("manager__isnull", True),
                            models.Q(("manager", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="user_reports_to_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("customer_share__range", (0, 100)), ("weekly_hours__range", (0, 100))),
                        name="user_hours_possible",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=60)),
                ("row_id", models.BigIntegerField()),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("table", "row_id"), name="absence_once_a_row")],
            },
        ),
        migrations.CreateModel(
            name="BulkAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("act", models.CharField(max_length=20)),
                ("values", models.JSONField(default=dict)),
                ("said", models.JSONField(default=dict)),
                ("address", models.TextField(blank=True, default="")),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("reached", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Under way"),
                            ("done", "Done"),
                            ("returning", "Being taken back"),
                            ("returned", "Taken back"),
                            ("failed", "Stopped"),
                        ],
                        default="running",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("day", models.DateField()),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("door", models.CharField(blank=True, default="", max_length=80)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("returned", models.PositiveIntegerField(default=0)),
                ("kept", models.PositiveIntegerField(default=0)),
                ("problem", models.TextField(blank=True, default="")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_acts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "returned_by",
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
                "verbose_name": "bulk act",
                "indexes": [models.Index(fields=["by", "-id"], name="bulk_act_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["running", "done", "returning", "returned", "failed"])),
                        name="bulk_act_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["returning", "returned"]), _negated=True),
                            ("returned_by__isnull", False),
                            _connector="OR",
                        ),
                        name="bulk_act_returned_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chunk", models.PositiveIntegerField()),
                ("object_id", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("done", "Done"),
                            ("same", "Same"),
                            ("refused", "Refused"),
                            ("returned", "Returned"),
                            ("kept", "Kept"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("before", models.JSONField(null=True)),
                (
                    "act",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="accounts.bulkact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["refused", "kept"])),
                        fields=["act", "id"],
                        name="bulk_row_refused",
                    ),
                    models.Index(
                        condition=models.Q(("state", "done")), fields=["act", "chunk"], name="bulk_row_to_take_back"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("act", "object_id"), name="bulk_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["done", "same", "refused", "returned", "kept"])),
                        name="bulk_row_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["refused", "kept"]), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="bulk_row_refused_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reader", models.CharField(max_length=20)),
                ("customer_id", models.BigIntegerField()),
                ("what", models.CharField(max_length=20)),
            ],
            options={
                "indexes": [models.Index(fields=["reader", "customer_id"], name="change_by_reader")],
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200, verbose_name="number")),
                ("starts_on", models.DateField(verbose_name="starts on")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="agreed end")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="ended on")),
                ("term_months", models.PositiveSmallIntegerField(default=12, verbose_name="term (months)")),
                ("notice_days", models.PositiveSmallIntegerField(default=0, verbose_name="notice (days)")),
                ("notice_given_on", models.DateField(blank=True, null=True, verbose_name="notice given on")),
                ("notice_withdrawn_on", models.DateField(blank=True, null=True, verbose_name="notice withdrawn on")),
                ("auto_renews", models.BooleanField(default=False, verbose_name="renews by itself")),
                ("is_trial", models.BooleanField(default=False, verbose_name="trial")),
                ("currency", models.CharField(default="USD", max_length=3, verbose_name="currency")),
                ("known_on", models.DateField(blank=True, null=True, verbose_name="known since")),
                ("end_known_on", models.DateField(blank=True, null=True, verbose_name="end known since")),
                (
                    "source_said",
                    models.JSONField(
                        blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
                    ),
                ),
                (
                    "beside",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="others",
                        to="accounts.contract",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replaces",
                        to="accounts.contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "contract",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        config.folding.SearchGrams("external_id"), name="contract_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="contract_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gt", models.F("starts_on")), _connector="OR"
                        ),
                        name="contract_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="contract_ended_not_before_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("term_months__gte", 1)), name="contract_term_at_least_a_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="contract_currency_iso"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("replaced_by__isnull", True),
                            models.Q(("replaced_by", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="contract_not_own_successor",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("product", models.CharField(max_length=120, verbose_name="product")),
                ("starts_on", models.DateField(verbose_name="starts on")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="ends on")),
                ("quantity", models.PositiveIntegerField(default=1, verbose_name="quantity")),
                ("annual_amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="annual amount")),
                (
                    "discount_percent",
                    models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name="discount (%)"),
                ),
                ("known_on", models.DateField(blank=True, null=True, verbose_name="known since")),
                ("notice_given_on", models.DateField(blank=True, null=True, verbose_name="notice given on")),
                (
                    "agreed_ends_on",
                    models.DateField(blank=True, editable=False, null=True, verbose_name="end without the notice"),
                ),
                ("source_starts_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="accounts.contract"
                    ),
                ),
            ],
            options={
                "verbose_name": "contract line",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("contract"),
                        models.F("product"),
                        models.F("starts_on"),
                        django.db.models.functions.comparison.Coalesce("source_starts_on", "starts_on"),
                        name="contract_line_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("agreed_ends_on__isnull", True), ("notice_given_on__isnull", False), _connector="OR"
                        ),
                        name="contract_line_end_without_its_notice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="contract_line_ends_not_before_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("annual_amount__gte", 0)), name="contract_line_amount_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__range", (0, 100))),
                        name="contract_line_discount_0_to_100",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="until")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="covers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="covered by",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="covered_by",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="away",
                    ),
                ),
            ],
            options={
                "verbose_name": "cover",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="cover_ends_not_before_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("owner", models.F("by")), _negated=True), name="cover_by_another"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("owner_id"), models.F("owner_id"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (models.Func(models.F("starts_on"), models.F("ends_on"), function="daterange"), "&&"),
                        ],
                        name="cover_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerWords",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="searched",
                        serialize=False,
                        to="accounts.customer",
                    ),
                ),
                ("text", models.TextField()),
                ("grams", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="customer_words")],
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customers",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="children",
                to="accounts.customer",
                verbose_name="parent customer",
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="contracts", to="accounts.customer"
            ),
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "reading",
                    models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="reading"),
                ),
                ("email", models.EmailField(blank=True, default="", max_length=254, verbose_name="email")),
                ("title", models.CharField(blank=True, default="", max_length=120, verbose_name="title")),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("champion", "Champion"),
                                ("buyer", "Economic buyer"),
                                ("sponsor", "Executive sponsor"),
                                ("admin", "Admin"),
                                ("user", "End user"),
                            ],
                            max_length=8,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("moved", "Moved"), ("left", "Left")],
                        default="active",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                ("state_on", models.DateField(verbose_name="since")),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        config.folding.SearchGrams("name", "reading", "email"), name="contact_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="contact_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "moved", "left"])), name="contact_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("roles__contained_by", ["champion", "buyer", "sponsor", "admin", "user"])),
                        name="contact_roles_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="contact_named"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommunityActivity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("answer", "Answer"),
                            ("post", "Post"),
                            ("event", "Event attended"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="on")),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200)),
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
                        related_name="community",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "community activity",
                "verbose_name_plural": "community activities",
                "indexes": [models.Index(fields=["customer", "happened_on"], name="community_customer_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="community_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["question", "answer", "post", "event"])),
                        name="community_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cancellation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(verbose_name="on")),
                (
                    "stated_reason",
                    models.CharField(
                        choices=[
                            ("product_gap", "Product gap"),
                            ("onboarding", "Onboarding or activation failed"),
                            ("value", "Value not realised"),
                            ("service", "Poor service or support"),
                            ("champion", "Champion left"),
                            ("no_sponsor", "No decision-maker relationship"),
                            ("price", "Price or budget"),
                            ("competitor", "Competitor"),
                            ("in_house", "Built in-house"),
                            ("consolidation", "Consolidated into a suite"),
                            ("data_trust", "Data not trusted"),
                            ("privacy", "Privacy or compliance"),
                            ("merger", "Acquisition or merger"),
                            ("closed", "Business closed"),
                            ("not_fit", "Not a fit"),
                            ("payment", "Payment failed"),
                            ("other", "Other"),
                        ],
                        max_length=14,
                        verbose_name="stated reason",
                    ),
                ),
                (
                    "root_cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("product_gap", "Product gap"),
                            ("onboarding", "Onboarding or activation failed"),
                            ("value", "Value not realised"),
                            ("service", "Poor service or support"),
                            ("champion", "Champion left"),
                            ("no_sponsor", "No decision-maker relationship"),
                            ("price", "Price or budget"),
                            ("competitor", "Competitor"),
                            ("in_house", "Built in-house"),
                            ("consolidation", "Consolidated into a suite"),
                            ("data_trust", "Data not trusted"),
                            ("privacy", "Privacy or compliance"),
                            ("merger", "Acquisition or merger"),
                            ("closed", "Business closed"),
                            ("not_fit", "Not a fit"),
                            ("payment", "Payment failed"),
                            ("other", "Other"),
                        ],
                        default="",
                        max_length=14,
                        verbose_name="root cause",
                    ),
                ),
                ("controllable", models.BooleanField(blank=True, null=True, verbose_name="controllable")),
                (
                    "alternative",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("direct", "Direct competitor"),
                            ("adjacent", "Adjacent solution"),
                            ("in_house", "In-house"),
                            ("manual", "Back to manual"),
                            ("nothing", "Nothing"),
                            ("unknown", "Unknown"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="alternative chosen",
                    ),
                ),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200)),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="cancellations",
                        to="accounts.contract",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cancellations",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "cancellation",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="cancellation_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "stated_reason__in",
                                [
                                    "product_gap",
                                    "onboarding",
                                    "value",
                                    "service",
                                    "champion",
                                    "no_sponsor",
                                    "price",
                                    "competitor",
                                    "in_house",
                                    "consolidation",
                                    "data_trust",
                                    "privacy",
                                    "merger",
                                    "closed",
                                    "not_fit",
                                    "payment",
                                    "other",
                                ],
                            )
                        ),
                        name="cancellation_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stated_reason", "other"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="cancellation_other_explained",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdvocacyAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("referral", "Referral"),
                            ("reference", "Reference call"),
                            ("case_study", "Case study"),
                            ("review", "Public review"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="on")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200)),
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
                        related_name="advocacy",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "advocacy act",
                "indexes": [models.Index(fields=["customer", "happened_on"], name="advocacy_customer_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="advocacy_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["referral", "reference", "case_study", "review"])),
                        name="advocacy_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DatedAttribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("from_day", models.DateField()),
                ("value", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
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
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "key", "from_day"), name="dated_attribute_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("key", ""), _negated=True), name="dated_attribute_has_key"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DatedFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "fact",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("segment", "Segment"),
                            ("touch", "Touch model"),
                            ("status", "Status"),
                            ("stage", "Stage"),
                        ],
                        max_length=8,
                    ),
                ),
                ("from_day", models.DateField()),
                ("value", models.CharField(blank=True, default="", max_length=40)),
                ("known_on", models.DateField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facts",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "fact", "from_day"), name="dated_fact_once_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="Effort",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField(max_length=20, unique=True, verbose_name="kind of work")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="minutes")),
            ],
            options={
                "verbose_name": "planned duration",
                "verbose_name_plural": "planned durations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes__range", (0, 1440))), name="effort_within_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("seats", "Seats"), ("limit", "Limit"), ("module", "Module")],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=120, verbose_name="name")),
                ("quantity", models.PositiveIntegerField(blank=True, null=True, verbose_name="quantity")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="starts on")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="ends on")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entitlements", to="accounts.contract"
                    ),
                ),
            ],
            options={
                "verbose_name": "entitlement",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contract", "kind", "name", "starts_on"), name="entitlement_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("starts_on__isnull", True),
                            ("ends_on__gt", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="entitlement_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "seats"), _negated=True), ("quantity__isnull", False), _connector="OR"
                        ),
                        name="entitlement_seats_counted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("fiscal_year", models.PositiveSmallIntegerField(verbose_name="fiscal year")),
                ("rate", models.DecimalField(decimal_places=8, max_digits=18, verbose_name="rate")),
                ("known_on", models.DateField(blank=True, null=True, verbose_name="known since")),
            ],
            options={
                "verbose_name": "exchange rate",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("currency", "fiscal_year", "known_on"),
                        name="exchange_rate_once_a_day",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="exchange_rate_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExternalKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("external_id", models.CharField(max_length=200, verbose_name="external id")),
                ("owner_said", models.CharField(blank=True, db_default="", default="", editable=False, max_length=254)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="external_keys",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("source", "external_id"), name="external_key_once")],
            },
        ),
        migrations.CreateModel(
            name="FirstLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("target", models.CharField(max_length=40)),
                ("loaded_on", models.DateField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("source", "target"), name="first_load_once")],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "door",
                    models.CharField(
                        choices=[
                            ("form", "Customer form"),
                            ("page", "Handover"),
                            ("import", "Import"),
                            ("leaver", "Deactivation"),
                            ("api", "API"),
                            ("auto", "Assignment"),
                            ("undo", "Undo"),
                        ],
                        max_length=6,
                        verbose_name="by way of",
                    ),
                ),
                ("day", models.DateField(verbose_name="from")),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
                "verbose_name": "handover",
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="handover_once_a_press"),
                    models.CheckConstraint(
                        condition=models.Q(("door__in", ["form", "page", "import", "leaver", "api", "auto", "undo"])),
                        name="handover_door_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Integration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("connected_on", models.DateField(verbose_name="connected on")),
                ("disconnected_on", models.DateField(blank=True, null=True, verbose_name="disconnected on")),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="integrations", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "integration",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="integration_external_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="integration_named"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("disconnected_on__isnull", True),
                            ("disconnected_on__gte", models.F("connected_on")),
                            _connector="OR",
                        ),
                        name="integration_ends_not_before_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("external_id", models.CharField(max_length=200, verbose_name="number")),
                ("issued_on", models.DateField(verbose_name="issued on")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("paid_on", models.DateField(blank=True, null=True, verbose_name="paid on")),
                (
                    "payment",
                    models.CharField(
                        choices=[("known", "Known"), ("settled", "Settled, day not known"), ("unknown", "Not known")],
                        db_default="known",
                        default="known",
                        max_length=7,
                        verbose_name="payment",
                    ),
                ),
                ("credited_on", models.DateField(blank=True, null=True, verbose_name="credited on")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("currency", models.CharField(default="USD", max_length=3, verbose_name="currency")),
                (
                    "credited_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="credits",
                        to="accounts.invoice",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invoices",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "indexes": [
                    models.Index(fields=["customer", "due_on"], name="invoice_customer_due"),
                    models.Index(
                        condition=models.Q(("credited_by__isnull", False)),
                        fields=["credited_by"],
                        name="invoice_credited",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "external_id"), name="invoice_once"),
                    models.CheckConstraint(
                        condition=models.Q(("external_id", ""), _negated=True), name="invoice_numbered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("issued_on"))), name="invoice_due_not_before_issued"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid_on__isnull", True), ("payment", "known"), _connector="OR"),
                        name="invoice_paid_on_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payment__in", ["known", "settled", "unknown"])),
                        name="invoice_payment_known_word",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0), ("credited_on__isnull", True), _connector="OR"),
                        name="invoice_note_not_credited",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="invoice_currency_iso"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Objective",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="objective")),
                ("agreed_on", models.DateField(verbose_name="agreed on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="due on")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="objectives", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "objective",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="objective_named")
                ],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("time_zone", models.CharField(default="UTC", max_length=64, verbose_name="time zone")),
                ("currency", models.CharField(default="USD", max_length=3, verbose_name="reporting currency")),
                (
                    "fiscal_year_start_month",
                    models.PositiveSmallIntegerField(default=1, verbose_name="fiscal year starts in month"),
                ),
                (
                    "holiday_country",
                    models.CharField(blank=True, default="", max_length=2, verbose_name="business calendar of country"),
                ),
                (
                    "bank_holidays",
                    models.BooleanField(db_default=False, default=False, verbose_name="banks’ holidays are closed too"),
                ),
                ("frozen_today", models.DateField(blank=True, null=True, verbose_name="day is frozen at")),
                ("onboarding_days", models.PositiveSmallIntegerField(default=90, verbose_name="onboarding days")),
                (
                    "url",
                    models.URLField(blank=True, db_default="", default="", verbose_name="address of this installation"),
                ),
                (
                    "alerts_per_day",
                    models.PositiveSmallIntegerField(db_default=5, default=5, verbose_name="alerts per CSM and day"),
                ),
                (
                    "least_logged",
                    models.PositiveSmallIntegerField(db_default=20, default=20, verbose_name="logged durations needed"),
                ),
                (
                    "counts_unsettled",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Contracts that do not renew by themselves, whose end passed long ago and that nobody ended.",
                        verbose_name="count contracts that are to be settled",
                    ),
                ),
                (
                    "segments_settled_on",
                    models.DateField(editable=False, null=True, verbose_name="segments settled on"),
                ),
            ],
            options={
                "verbose_name": "organisation",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="organisation_single_row"),
                    models.CheckConstraint(
                        condition=models.Q(("fiscal_year_start_month__range", (1, 12))),
                        name="organisation_fiscal_month_1_to_12",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="organisation_currency_iso"
                    ),
                    models.CheckConstraint(condition=models.Q(("least_logged__gte", 1)), name="organisation_logs_some"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=200, verbose_name="measure")),
                ("unit", models.CharField(blank=True, default="", max_length=40, verbose_name="unit")),
                ("baseline", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="baseline")),
                ("target", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="target")),
                (
                    "measured",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="measured"
                    ),
                ),
                ("measured_on", models.DateField(blank=True, null=True, verbose_name="measured on")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("achieved", "Achieved"),
                            ("partial", "Partial"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "unit_value",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="value of one unit"
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        blank=True,
                        choices=[("once", "Once"), ("month", "A month"), ("quarter", "A quarter"), ("year", "A year")],
                        db_default="",
                        default="",
                        max_length=7,
                        verbose_name="period of the value",
                    ),
                ),
                (
                    "per_period",
                    models.DecimalField(
                        db_default=1, decimal_places=2, default=1, max_digits=12, verbose_name="results in a period"
                    ),
                ),
                ("confirmed_on", models.DateField(blank=True, null=True, verbose_name="value confirmed on")),
                (
                    "objective",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="outcomes", to="accounts.objective"
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("period__in", ["", "once", "month", "quarter", "year"])),
                        name="outcome_period_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("per_period__gt", 0)), name="outcome_results_above_zero"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "achieved", "partial", "missed", "cancelled"])),
                        name="outcome_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_on__isnull", True), ("unit_value__isnull", False), _connector="OR"
                        ),
                        name="outcome_confirmed_value_present",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("kind", models.CharField(max_length=10, verbose_name="list")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "shared",
                    models.CharField(
                        choices=[("nobody", "Nobody"), ("team", "A team"), ("all", "Everyone")],
                        default="nobody",
                        max_length=6,
                        verbose_name="shared with",
                    ),
                ),
                ("filter", models.JSONField(blank=True, default=list, verbose_name="filter")),
                ("order", models.CharField(blank=True, default="", max_length=40, verbose_name="order")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=130),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="columns",
                    ),
                ),
                ("group", models.CharField(blank=True, default="", max_length=130, verbose_name="grouped by")),
                ("position", models.PositiveSmallIntegerField(default=1, verbose_name="position")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "kind", "name"), name="saved_view_named_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["customers", "cases", "tasks", "renewals"])),
                        name="saved_view_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="saved_view_named"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("shared", "team"), ("team__isnull", False)),
                            models.Q(("shared__in", ["nobody", "all"]), ("team__isnull", True)),
                            _connector="OR",
                        ),
                        name="saved_view_team_when_shared_with_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("rule", models.JSONField(blank=True, default=list, verbose_name="rule")),
                (
                    "touch_model",
                    models.CharField(
                        choices=[("high", "High touch"), ("low", "Low touch"), ("tech", "Tech touch")],
                        max_length=5,
                        verbose_name="touch model",
                    ),
                ),
                (
                    "touch_every_days",
                    models.PositiveSmallIntegerField(default=30, verbose_name="touchpoint every (days)"),
                ),
                (
                    "qbr_every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Empty: no QBRs.", null=True, verbose_name="QBR every (days)"
                    ),
                ),
                (
                    "ebr_every_days",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Empty: no EBRs.", null=True, verbose_name="EBR every (days)"
                    ),
                ),
                (
                    "renewal_lead_days",
                    models.PositiveSmallIntegerField(default=90, verbose_name="renewal prep lead (days)"),
                ),
                (
                    "customers_per_csm",
                    models.PositiveSmallIntegerField(default=50, verbose_name="customers a CSM can carry"),
                ),
                (
                    "assigning",
                    models.CharField(
                        choices=[
                            ("hand", "By hand"),
                            ("load", "Least load"),
                            ("arr", "Least ARR"),
                            ("turn", "In turn"),
                        ],
                        db_default="hand",
                        default="hand",
                        max_length=4,
                        verbose_name="new customers get their owner",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "pool",
                    models.ManyToManyField(
                        blank=True, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="from among"
                    ),
                ),
            ],
            options={
                "verbose_name": "segment",
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("position",),
                        name="segment_position_once",
                    ),
                    models.UniqueConstraint(fields=("name",), name="segment_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("renewal_lead_days__range", (60, 90))), name="segment_lead_60_to_90_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("touch_model__in", ["high", "low", "tech"])),
                        name="segment_touch_model_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("touch_every_days__gte", 1), ("customers_per_csm__gte", 1)),
                        name="segment_service_rules_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("assigning__in", ["hand", "load", "arr", "turn"])),
                        name="segment_assigning_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("qbr_every_days", None), ("qbr_every_days__gte", 1), _connector="OR"),
                            models.Q(("ebr_every_days", None), ("ebr_every_days__gte", 1), _connector="OR"),
                        ),
                        name="segment_reviews_positive_or_none",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="pinned_segment",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pinned_customers",
                to="accounts.segment",
                verbose_name="pinned segment",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="segment",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customers",
                to="accounts.segment",
                verbose_name="segment",
            ),
        ),
        migrations.CreateModel(
            name="Sentiment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("day", models.DateField(verbose_name="on")),
                ("value", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="CSM sentiment")),
                ("note", models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="note")),
                (
                    "author",
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
                        related_name="sentiments",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "sentiment",
                "indexes": [models.Index(fields=["customer", "-day", "-id"], name="sentiment_newest")],
            },
        ),
        migrations.CreateModel(
            name="HandoverMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("hand", "By hand"),
                            ("load", "Least load"),
                            ("arr", "Least ARR"),
                            ("turn", "In turn"),
                        ],
                        db_default="",
                        default="",
                        max_length=4,
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "before",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="handovers", to="accounts.customer"
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="accounts.handover",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.segment",
                    ),
                ),
                (
                    "ended",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.sentiment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("handover", "customer"), name="handover_customer_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Touchpoint",
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
                        choices=[
                            ("call", "Call"),
                            ("meeting", "Meeting"),
                            ("email", "Email"),
                            ("event", "Event"),
                            ("one_to_many", "One to many"),
                        ],
                        max_length=11,
                        verbose_name="kind",
                    ),
                ),
                ("proactive", models.BooleanField(default=True, verbose_name="proactive")),
                (
                    "direction",
                    models.CharField(
                        blank=True,
                        choices=[("in", "From the customer"), ("out", "From us")],
                        db_default="out",
                        max_length=3,
                        verbose_name="direction",
                    ),
                ),
                ("mass", models.BooleanField(db_default=False, default=False, verbose_name="to many")),
                ("attended", models.BooleanField(db_default=False, default=False, verbose_name="attended")),
                (
                    "two_way",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            models.Q(
                                ("mass", False), models.Q(("direction", "in"), ("attended", True), _connector="OR")
                            ),
                            output_field=models.BooleanField(),
                        ),
                        output_field=models.BooleanField(verbose_name="two-way"),
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="on")),
                ("sentiment", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="sentiment")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                ("next_step", models.CharField(blank=True, default="", max_length=200, verbose_name="next step")),
                ("next_step_on", models.DateField(blank=True, null=True, verbose_name="next step by")),
                ("minutes", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="Took (minutes)")),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="touchpoints",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("contacts", models.ManyToManyField(blank=True, related_name="touchpoints", to="accounts.contact")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="touchpoints", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "touchpoint",
                "indexes": [models.Index(fields=["customer", "-happened_on", "-id"], name="touchpoint_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sentiment__isnull", True), ("sentiment__range", (1, 5)), _connector="OR"),
                        name="touchpoint_sentiment_1_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["in", "out"])), name="touchpoint_direction_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "one_to_many"), _negated=True), ("mass", True), _connector="OR"
                        ),
                        name="touchpoint_to_many_is_mass",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__isnull", True), ("minutes__range", (1, 1440)), _connector="OR"),
                        name="touchpoint_minutes_within_a_day",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="sentiment",
            name="touch",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="felt",
                to="accounts.touchpoint",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["owner", "score", "id"], name="customer_owner_score"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="customer_children"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("pinned_segment__isnull", False)), fields=["pinned_segment"], name="customer_pinned"
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent__isnull", True), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"
                ),
                name="customer_not_own_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pinned_segment__isnull", True), models.Q(("pin_reason", ""), _negated=True), _connector="OR"
                ),
                name="customer_pin_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="sentiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("touch__isnull", True), ("value__isnull", True)),
                    ("value__range", (1, 5)),
                    _connector="OR",
                ),
                name="sentiment_1_to_5",
            ),
        ),
        migrations.RunSQL(
            RATES.FUNCTION.format(**RATES.DAY, newest=RATES.NEWEST)
            + RATES.FUNCTION.format(**RATES.KNOWN, newest=RATES.NEWEST),
            "DROP FUNCTION reporting_rate(text, date); DROP FUNCTION reporting_rate(text, date, date)",
        ),
        *original("0019_no_circle_of_managers"),
        *original("0028_when_rows_changed")[-2:],
        *original("0032_parts_after_reading"),
        *original("0037_found_by_words")[-1:],
        *original("0040_saved_views")[-1:],
    ]
