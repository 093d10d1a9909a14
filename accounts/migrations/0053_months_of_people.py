"""How long it is kept who used the product on which day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0053_keys_of_touches_and_objectives")]

    operations = [
        migrations.AddField(
            "organisation",
            "people_months",
            models.PositiveSmallIntegerField(
                db_default=25,
                default=25,
                help_text="Who used the product on which day. The figures of customers stay.",
                verbose_name="months to keep days of single people",
            ),
        ),
        migrations.AddConstraint(
            "organisation",
            models.CheckConstraint(
                condition=models.Q(people_months__range=(4, 240)), name="organisation_people_months_4_to_240"
            ),
        ),
    ]
