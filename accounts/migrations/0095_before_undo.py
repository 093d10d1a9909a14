"""Runs know what they were before their Undo, and files how many of their refused rows go in with a file of corrected ones."""

from __future__ import annotations

from django.db import migrations, models

# Of files of corrected rows of earlier releases every row counts as one of the file that it corrects.
COUNT = """
    UPDATE accounts_importfile f SET elsewhere = c.rows
    FROM (
        SELECT r.id AS run_id, o.number, sum(x.rows) AS rows
        FROM accounts_importrun r
        CROSS JOIN LATERAL jsonb_array_elements(r.places) WITH ORDINALITY p(place, number)
        JOIN LATERAL jsonb_array_elements(r.places) WITH ORDINALITY o(place, number)
          ON concat(o.place ->> 'upload', '/', o.place ->> 'member') = p.place ->> 'corrects'
        JOIN accounts_importfile x ON x.run_id = r.id AND x.position = p.number
        WHERE p.place ? 'corrects'
        GROUP BY r.id, o.number) c
    WHERE f.run_id = c.run_id AND f.position = c.number
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0094_undone_loads")]

    operations = [
        migrations.AddField("importrun", "before_undo", models.JSONField(null=True, editable=False)),
        migrations.AddField("importfile", "elsewhere", models.PositiveBigIntegerField(default=0, db_default=0)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
