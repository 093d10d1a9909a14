"""0 was stored where people meant none, and the night divided by it."""

from django.db import migrations

MEANT_NONE = """
    UPDATE accounts_segment SET qbr_every_days = nullif(qbr_every_days, 0), ebr_every_days = nullif(ebr_every_days, 0)
    WHERE 0 IN (qbr_every_days, ebr_every_days)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0029_parts_that_changed")]
    operations = [migrations.RunSQL(MEANT_NONE, migrations.RunSQL.noop)]
