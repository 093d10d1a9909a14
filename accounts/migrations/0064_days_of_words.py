"""The day from which what a source said of a row held."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0063_what_sources_said"),
    ]

    operations = [
        migrations.AddField(
            model_name="word",
            name="as_of",
            field=models.DateField(null=True),
        ),
    ]
