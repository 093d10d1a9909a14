"""An open opportunity is worth a part of the customer's ARR, not all of it (health.models.cases.UPSIDE_SHARE)."""

from django.db import migrations

SHARE = """
    UPDATE health_case SET value = round(value * 0.2, 2) WHERE kind = 'opportunity' AND state <> 'closed'
"""
WHOLE = """
    UPDATE health_case SET value = round(value * 5, 2) WHERE kind = 'opportunity' AND state <> 'closed'
"""


class Migration(migrations.Migration):
    dependencies = [("health", "0014_late_milestones_together")]
    operations = [migrations.RunSQL(SHARE, WHOLE)]
