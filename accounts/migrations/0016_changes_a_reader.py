"""One row of the change log for each reader, in place of one mark for a single one."""

import django.db.models.functions.datetime
from django.db import migrations, models

MOVE = """
INSERT INTO accounts_change (reader, customer_id, what)
SELECT r.reader, m.customer_id, 'record'
FROM (SELECT DISTINCT customer_id FROM accounts_changemark) m
CROSS JOIN unnest(ARRAY['segments', 'scores', 'renewals', 'cases', 'motions', 'plays']) AS r(reader)
"""
MOVE_BACK = """
INSERT INTO accounts_changemark (customer_id)
SELECT DISTINCT c.id FROM accounts_change m JOIN accounts_customer c ON c.id = m.customer_id WHERE m.reader = 'scores'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_dated_lines_and_payment"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reader", models.CharField(max_length=20)),
                ("customer_id", models.BigIntegerField()),
                ("what", models.CharField(max_length=20)),
                ("marked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(fields=["reader", "customer_id"], name="change_by_reader")],
            },
        ),
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.DeleteModel(
            name="ChangeMark",
        ),
    ]
