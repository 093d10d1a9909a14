"""How much ARR and how many renewals of a segment a CSM can carry."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0043_nobody_covers_themselves")]

    operations = [
        migrations.AddField(
            "segment",
            "arr_per_csm",
            models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Empty: no limit.",
                max_digits=24,
                null=True,
                verbose_name="ARR a CSM can carry",
            ),
        ),
        migrations.AddField(
            "segment",
            "renewals_per_csm",
            models.PositiveSmallIntegerField(
                blank=True, help_text="Empty: no limit.", null=True, verbose_name="renewals in 90 days a CSM can carry"
            ),
        ),
        migrations.AddConstraint(
            "segment",
            models.CheckConstraint(
                condition=(Q(arr_per_csm=None) | Q(arr_per_csm__gte=1))
                & (Q(renewals_per_csm=None) | Q(renewals_per_csm__gte=1)),
                name="segment_limits_positive_or_none",
            ),
        ),
    ]
