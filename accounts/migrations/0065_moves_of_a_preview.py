"""What a preview says would move beside the rows of its files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0064_when_every_row_changed"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="moves",
            field=models.JSONField(null=True),
        ),
    ]
