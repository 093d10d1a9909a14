"""The instant from which events say a person's address."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("health", "0039_mark_of_the_key")]

    operations = [migrations.AddField("eventperson", "email_at", models.DateTimeField(null=True))]
