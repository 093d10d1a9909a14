"""Before which day people were forgotten, and which keys joined a customer that was there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0059_names_of_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="externalkey",
            name="joined",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="organisation",
            name="people_forgotten_before",
            field=models.DateField(editable=False, null=True),
        ),
    ]
