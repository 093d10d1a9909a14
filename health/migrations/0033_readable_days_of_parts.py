"""A day that can be read stands in the rows that say that a customer's parts are kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("health", "0032_merges")]

    operations = [
        migrations.RunSQL(
            "UPDATE health_usagepart SET day = '0001-01-01' WHERE \"table\" = '' AND day = '-infinity'",
            migrations.RunSQL.noop,
        ),
    ]
