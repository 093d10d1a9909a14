"""Family and given name of contacts, and how they are addressed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0058_sources_and_beliefs"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="family_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=80, verbose_name="family name"),
        ),
        migrations.AddField(
            model_name="contact",
            name="given_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=80, verbose_name="given name"),
        ),
        migrations.AddField(
            model_name="contact",
            name="honorific",
            field=models.CharField(blank=True, db_default="", default="", max_length=20, verbose_name="honorific"),
        ),
    ]
