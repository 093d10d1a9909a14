"""What 0001 to 0011 make, as it stands after them. Their SQL is theirs; what only mends rows of before is left out."""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


def original(name):
    return import_module(f"renewals.migrations.{name}").Migration.operations


class Migration(migrations.Migration):
    replaces = [
        ("renewals", "0001_initial"),
        ("renewals", "0002_term_checks"),
        ("renewals", "0003_calibration_by_score"),
        ("renewals", "0004_leaving_money_and_void"),
        ("renewals", "0005_leaving_and_leads_are_noted"),
        ("renewals", "0006_values_of_before"),
        ("renewals", "0007_outcomes_and_notices_anew"),
        ("renewals", "0008_no_copies_of_starts"),
        ("renewals", "0009_contracts_beside"),
        ("renewals", "0010_when_rows_changed"),
        ("renewals", "0011_calls_undone"),
    ]

    initial = True

    dependencies = [("accounts", "0026_contracts_beside")]

    operations = [
        migrations.CreateModel(
            name="TermCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contract_id", models.BigIntegerField(db_index=True)),
                ("from_day", models.DateField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Calibration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="from")),
                ("days_before", models.PositiveSmallIntegerField()),
                (
                    "group",
                    models.CharField(
                        choices=[("score", "Health score"), ("none", "No score"), ("notice", "Notice given")],
                        max_length=6,
                    ),
                ),
                ("n", models.PositiveIntegerField()),
                ("kept", models.PositiveIntegerField()),
                ("is_fitted", models.BooleanField()),
                ("intercept", models.FloatField(null=True)),
                ("slope", models.FloatField(null=True)),
                ("intercept_variance", models.FloatField(null=True)),
                ("slope_variance", models.FloatField(null=True)),
                ("covariance", models.FloatField(null=True)),
                ("mean", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ("low", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ("high", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
            ],
            options={
                "verbose_name": "calibration",
                "constraints": [
                    models.UniqueConstraint(fields=("days_before", "group", "day"), name="calibration_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("mean__isnull", True),
                            models.Q(
                                ("low__gte", 0),
                                ("low__lte", models.F("mean")),
                                ("mean__lte", models.F("high")),
                                ("high__lte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="calibration_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group", "score"), _negated=True),
                            models.Q(("intercept__isnull", False), ("slope__gte", 0)),
                            _connector="OR",
                        ),
                        name="calibration_never_falls",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("group__in", ["score", "none", "notice"])), name="calibration_group_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Renewal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("term_number", models.PositiveSmallIntegerField(verbose_name="term")),
                ("due_on", models.DateField(verbose_name="ends")),
                ("notice_on", models.DateField(blank=True, null=True, verbose_name="notice by")),
                ("prep_on", models.DateField(blank=True, null=True, verbose_name="prep begins on")),
                ("arr", models.DecimalField(decimal_places=2, max_digits=24, null=True, verbose_name="ARR to renew")),
                (
                    "arr_going_on",
                    models.DecimalField(decimal_places=2, max_digits=24, null=True, verbose_name="ARR that goes on"),
                ),
                (
                    "leaving",
                    models.CharField(
                        blank=True,
                        choices=[("notice", "Notice given"), ("confirmed", "End confirmed")],
                        db_default="",
                        default="",
                        max_length=9,
                        verbose_name="leaving",
                    ),
                ),
                ("leaves_on", models.DateField(blank=True, null=True, verbose_name="leaves on")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("upcoming", "Upcoming"),
                            ("preparing", "Preparing"),
                            ("discussion", "In discussion"),
                            ("proposed", "Proposed"),
                            ("agreed", "Agreed"),
                            ("closed", "Closed"),
                        ],
                        default="upcoming",
                        max_length=10,
                        verbose_name="stage",
                    ),
                ),
                ("prep_opened_on", models.DateField(blank=True, null=True, verbose_name="prep opened on")),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("commit", "Commit"),
                            ("most_likely", "Most likely"),
                            ("best_case", "Best case"),
                            ("at_risk", "At risk"),
                            ("omitted", "Omitted"),
                        ],
                        default="",
                        max_length=11,
                        verbose_name="category",
                    ),
                ),
                (
                    "csm_likelihood",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=4, null=True, verbose_name="CSM's call"
                    ),
                ),
                ("csm_note", models.CharField(blank=True, default="", max_length=300, verbose_name="note")),
                ("csm_called_on", models.DateField(blank=True, null=True)),
                ("model_likelihood", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ("model_low", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ("model_high", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                (
                    "final_likelihood",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True, verbose_name="final"),
                ),
                (
                    "final_category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("commit", "Commit"),
                            ("most_likely", "Most likely"),
                            ("best_case", "Best case"),
                            ("at_risk", "At risk"),
                            ("omitted", "Omitted"),
                        ],
                        db_default="",
                        default="",
                        max_length=11,
                        verbose_name="category",
                    ),
                ),
                ("final_reason", models.CharField(blank=True, default="", max_length=300)),
                ("final_on", models.DateField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("renewed", "Renewed flat"),
                            ("expanded", "Expanded"),
                            ("contracted", "Contracted"),
                            ("churned", "Churned"),
                            ("auto", "Auto-renewed"),
                            ("rolled", "Rolled without auto-renewal"),
                            ("void", "Void"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="closed on")),
                (
                    "closed_arr",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=24, null=True, verbose_name="ARR after"
                    ),
                ),
                (
                    "void_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("trial", "The contract is a trial"),
                            ("short", "Its terms are shorter than six months"),
                            ("unpaid", "Nothing is paid for it"),
                            ("other", "The contract has no such term"),
                        ],
                        db_default="",
                        default="",
                        max_length=6,
                        verbose_name="why it is void",
                    ),
                ),
                ("before_closing", models.JSONField(blank=True, default=dict)),
                (
                    "cancellation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="renewals",
                        to="accounts.cancellation",
                    ),
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
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="renewals",
                        to="accounts.contract",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="renewals", to="accounts.customer"
                    ),
                ),
                (
                    "final_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "prep_with",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="shares_prep",
                        to="renewals.renewal",
                        verbose_name="prepared with",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="renewed_from",
                        to="accounts.contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "renewal",
                "indexes": [
                    models.Index(
                        condition=models.Q(("stage", "closed"), _negated=True),
                        fields=["due_on", "id"],
                        name="renewal_open_due",
                    ),
                    models.Index(fields=["closed_on"], name="renewal_closed_on"),
                    models.Index(
                        condition=models.Q(("stage", "upcoming")), fields=["prep_on"], name="renewal_upcoming_prep"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "term_number"), name="renewal_once_a_term"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["upcoming", "preparing", "discussion", "proposed", "agreed", "closed"])
                        ),
                        name="renewal_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("category__in", ["", "commit", "most_likely", "best_case", "at_risk", "omitted"])
                        ),
                        name="renewal_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_on__isnull", False),
                                (
                                    "outcome__in",
                                    ["renewed", "expanded", "contracted", "churned", "auto", "rolled", "void"],
                                ),
                                ("stage", "closed"),
                            ),
                            models.Q(
                                models.Q(("stage", "closed"), _negated=True),
                                ("closed_on__isnull", True),
                                ("outcome", ""),
                            ),
                            _connector="OR",
                        ),
                        name="renewal_closed_has_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["upcoming", "closed"]), ("prep_opened_on__isnull", False), _connector="OR"
                        ),
                        name="renewal_prepared_has_day",
                    ),
                    models.CheckConstraint(condition=models.Q(("arr__gte", 0)), name="renewal_arr_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("prep_with__isnull", True),
                            models.Q(("prep_with", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="renewal_not_prepared_with_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("csm_likelihood__isnull", True), ("csm_likelihood__range", (0, 1)), _connector="OR"
                            ),
                            models.Q(
                                ("final_likelihood__isnull", True), ("final_likelihood__range", (0, 1)), _connector="OR"
                            ),
                            models.Q(
                                ("model_likelihood__isnull", True), ("model_likelihood__range", (0, 1)), _connector="OR"
                            ),
                        ),
                        name="renewal_likelihoods_0_to_1",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("final_category", ""), ("final_likelihood__isnull", True)),
                            models.Q(("final_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="renewal_final_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("final_category__in", ["", "commit", "most_likely", "best_case", "at_risk", "omitted"])
                        ),
                        name="renewal_final_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("leaves_on__isnull", True), ("leaving", "")),
                            models.Q(("leaves_on__isnull", False), ("leaving__in", ["notice", "confirmed"])),
                            _connector="OR",
                        ),
                        name="renewal_leaving_has_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("arr_going_on__isnull", True),
                            models.Q(("arr_going_on__gte", 0), ("arr_going_on__lte", models.F("arr"))),
                            _connector="OR",
                        ),
                        name="renewal_goes_on_within_arr",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "void"), ("void_reason__in", ["trial", "short", "unpaid", "other"])),
                            models.Q(models.Q(("outcome", "void"), _negated=True), ("void_reason", "")),
                            _connector="OR",
                        ),
                        name="renewal_void_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PrepPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("health", "Health and usage reviewed"),
                            ("value", "Value and ROI documented"),
                            ("issues", "Open issues settled"),
                            ("case", "Business case written"),
                        ],
                        max_length=6,
                        verbose_name="part",
                    ),
                ),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="done on")),
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
                    "renewal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="renewals.renewal"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("renewal", "part"), name="prep_part_once"),
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["health", "value", "issues", "case"])), name="prep_part_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ForecastCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voice", models.CharField(choices=[("csm", "CSM"), ("final", "Final")], max_length=5)),
                ("on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("likelihood", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("commit", "Commit"),
                            ("most_likely", "Most likely"),
                            ("best_case", "Best case"),
                            ("at_risk", "At risk"),
                            ("omitted", "Omitted"),
                        ],
                        default="",
                        max_length=11,
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "renewal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="renewals.renewal"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Qbr",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                ("held_on", models.DateField(blank=True, null=True, verbose_name="held on")),
                ("goals", models.JSONField(blank=True, default=list, verbose_name="goals")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="qbrs", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "QBR",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("held_on__isnull", True)), fields=("customer",), name="qbr_one_open"
                    ),
                    models.UniqueConstraint(fields=("customer", "due_on"), name="qbr_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_on__isnull", True), models.Q(("goals", []), _negated=True), _connector="OR"
                        ),
                        name="qbr_closed_has_goals",
                    ),
                ],
            },
        ),
        *original("0002_term_checks"),
        *original("0005_leaving_and_leads_are_noted"),
        *original("0009_contracts_beside"),
        *original("0010_when_rows_changed")[-1:],
    ]
