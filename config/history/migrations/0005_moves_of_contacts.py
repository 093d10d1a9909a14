"""Which contacts went to another customer since a day is asked for whenever a past day is measured."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0004_gone_rows")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("before__has_key", "customer"), ("kind", "contact"), ("operation", "changed")),
                fields=["at"],
                name="history_of_moves",
            ),
        ),
    ]
