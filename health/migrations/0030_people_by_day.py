"""Who used the product on which day, agents apart; person-days are partitioned by month."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

PERSON_DAYS = """
    CREATE TABLE health_personday (
        feature_bits bigint DEFAULT 0 NOT NULL,
        person_id integer NOT NULL,
        day date NOT NULL,
        uses integer DEFAULT 0 NOT NULL CHECK (uses >= 0),
        gap smallint CHECK (gap >= 0),
        PRIMARY KEY (person_id, day)
    ) PARTITION BY RANGE (day)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0053_months_of_people"),
        ("health", "0029_kept_grams"),
    ]

    operations = [
        migrations.AddField("usagerecord", "agent", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "usageday",
            "people",
            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), null=True, size=None),
        ),
        migrations.AddField("usageday", "agents", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField("usageday", "agent_uses", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("is_agent", models.BooleanField(default=False)),
                ("first_on", models.DateField()),
                ("core_on", models.DateField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="persons",
                        to="accounts.contact",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="persons",
                        to="accounts.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "number", "is_agent"), name="person_once"),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PERSON_DAYS, "DROP TABLE health_personday")],
            state_operations=[
                migrations.CreateModel(
                    name="PersonDay",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "person_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("feature_bits", models.BigIntegerField(db_default=0, default=0)),
                        ("day", models.DateField()),
                        ("uses", models.PositiveIntegerField(db_default=0, default=0)),
                        ("gap", models.PositiveSmallIntegerField(null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="days",
                                to="health.person",
                            ),
                        ),
                    ],
                ),
            ],
        ),
    ]
