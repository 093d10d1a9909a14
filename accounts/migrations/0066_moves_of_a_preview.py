"""What a preview says would move beside the rows of its files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0065_days_of_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="moves",
            field=models.JSONField(null=True),
        ),
    ]
