"""The file of an import by the transaction that wrote it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_people_forgotten_and_keys_joined"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="importfile",
            index=models.Index(condition=models.Q(("act__isnull", False)), fields=["act"], name="import_file_of_act"),
        ),
    ]
