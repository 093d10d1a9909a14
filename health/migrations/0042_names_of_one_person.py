"""The names of one contact are one person: the next roll-up joins those of before and counts their days again."""

from django.db import migrations, models

SEVERAL = """
INSERT INTO health_rollupmark (customer_id, day)
SELECT DISTINCT customer_id, DATE '0001-01-01' FROM (
    SELECT customer_id FROM health_person WHERE contact_id IS NOT NULL AND NOT is_agent
    GROUP BY customer_id, contact_id HAVING count(*) > 1
) several;
"""


class Migration(migrations.Migration):
    dependencies = [("health", "0041_addresses_of_before")]

    operations = [
        migrations.AddField("person", "who", models.IntegerField(null=True)),
        migrations.AddIndex(
            "person",
            models.Index(condition=models.Q(("who__isnull", False)), fields=["who"], name="person_who"),
        ),
        migrations.RunSQL(SEVERAL, migrations.RunSQL.noop),
    ]
