"""The day from which what a source said of a row held."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0064_when_every_row_changed"),
    ]

    operations = [
        migrations.AddField(
            model_name="word",
            name="as_of",
            field=models.DateField(null=True),
        ),
    ]
