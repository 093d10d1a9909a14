from django.db import migrations, models

# Demos that were made whole by then; one without any score was broken off, and the next start goes on with it.
WHOLE = """
UPDATE demo_portfolio SET lived_until = until
WHERE source <> '' OR EXISTS (SELECT FROM accounts_customer WHERE scored_at IS NOT NULL)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("demo", "0002_published_passwords"),
        ("accounts", "0027_fewer_customer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="portfolio",
            name="lived_until",
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(WHOLE, migrations.RunSQL.noop),
    ]
