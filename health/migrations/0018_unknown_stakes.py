"""What is at stake in a case cannot be told where the customer's ARR cannot: empty, not 0."""

from django.db import migrations, models

UNKNOWN = """
    UPDATE health_case h SET value = NULL
    FROM accounts_customer c WHERE c.id = h.customer_id AND c.arr IS NULL AND h.value = 0
"""
NOTHING = "UPDATE health_case SET value = 0 WHERE value IS NULL"


class Migration(migrations.Migration):
    dependencies = [("health", "0017_audiences_name_rows_by_id")]
    operations = [
        migrations.AlterField(
            model_name="case",
            name="value",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=24, null=True, verbose_name="at stake"),
        ),
        migrations.RunSQL(UNKNOWN, NOTHING),
    ]
