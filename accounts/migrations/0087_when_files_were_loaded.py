from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0086_department_of_contacts"),
    ]

    operations = [
        # None of files that are there.
        migrations.AddField("importfile", "loaded_at", models.DateTimeField(editable=False, null=True)),
        migrations.AlterField(
            "importfile", "loaded_at", models.DateTimeField(db_default=Now(), editable=False, null=True)
        ),
        migrations.AddField("takenback", "undone_at", models.DateTimeField(db_default=Now())),
    ]
