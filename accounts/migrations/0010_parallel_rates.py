from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_dated_attributes")]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION reporting_rate(text, date) PARALLEL SAFE",
            "ALTER FUNCTION reporting_rate(text, date) PARALLEL UNSAFE",
        ),
    ]
