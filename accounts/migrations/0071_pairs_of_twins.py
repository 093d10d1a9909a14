"""Pairs of customers that may be one, and the customer that a sentiment names."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0070_posts"),
    ]

    operations = [
        migrations.AddField(
            model_name="sentiment",
            name="named",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.customer",
            ),
        ),
        migrations.CreateModel(
            name="TwinPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("evidence", models.JSONField(default=dict)),
                ("weight", models.PositiveSmallIntegerField()),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-weight", "first", "second"], name="twin_pair_by_weight")],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="twin_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="twin_pair_in_order"
                    ),
                ],
            },
        ),
    ]
