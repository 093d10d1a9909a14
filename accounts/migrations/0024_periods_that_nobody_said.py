"""0020 said "a year" of every outcome's value; nobody had been asked. Now somebody is."""

from django.db import migrations

UNSAID = "UPDATE accounts_outcome SET period = '' WHERE period = 'year' AND per_period = 1"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0023_rules_name_rows_by_id")]
    operations = [migrations.RunSQL(UNSAID, migrations.RunSQL.noop)]
