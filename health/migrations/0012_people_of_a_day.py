from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0011_replays_without_a_check_a_row"),
    ]

    operations = [
        migrations.AddField(
            model_name="usagerecord",
            name="apart",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="usagerecord",
            name="person",
            field=models.BigIntegerField(null=True),
        ),
    ]
