"""An address that events said before its instant was kept holds from now on: a late event of before does not replace it."""

from django.db import migrations

FROM_NOW = "UPDATE health_eventperson SET email_at = now() WHERE email IS NOT NULL AND email_at IS NULL;"


class Migration(migrations.Migration):
    dependencies = [("health", "0040_instant_of_addresses")]

    operations = [migrations.RunSQL(FROM_NOW, migrations.RunSQL.noop)]
