"""The model by health score instead of by band: what is known is fitted anew by the next sweep."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("renewals", "0002_term_checks")]

    operations = [
        migrations.DeleteModel(name="Calibration"),
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
                        condition=Q(
                            ("mean__isnull", True),
                            Q(("low__gte", 0), ("low__lte", F("mean")), ("mean__lte", F("high")), ("high__lte", 1)),
                            _connector="OR",
                        ),
                        name="calibration_in_order",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("group", "score"), _negated=True),
                            Q(("intercept__isnull", False), ("slope__gte", 0)),
                            _connector="OR",
                        ),
                        name="calibration_never_falls",
                    ),
                    models.CheckConstraint(
                        condition=Q(("group__in", ["score", "none", "notice"])), name="calibration_group_known"
                    ),
                ],
            },
        ),
    ]
