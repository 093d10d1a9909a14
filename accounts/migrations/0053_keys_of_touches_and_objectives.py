"""Touchpoints, objectives and outcomes have the keys by which files find them again."""

from django.db import migrations, models

FOUND = ("touchpoint", "objective", "outcome")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0052_names_of_customers")]

    operations = [
        *(
            migrations.AddField(
                name, column, models.CharField(blank=True, db_default="", default="", max_length=longest)
            )
            for name in FOUND
            for column, longest in (("source", 40), ("external_id", 200))
        ),
        *(
            migrations.AddConstraint(
                name,
                models.UniqueConstraint(
                    fields=["source", "external_id"], condition=~models.Q(external_id=""), name=f"{name}_external_once"
                ),
            )
            for name in FOUND
        ),
    ]
