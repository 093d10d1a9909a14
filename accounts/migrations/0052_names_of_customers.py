"""The names and domains of the customers there are."""

from django.db import migrations

FILLED = """
UPDATE accounts_customerwords w SET company = company_name(c.name), domain = web_domain(c.domain)
FROM accounts_customer c WHERE c.id = w.customer_id
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0051_keys_and_names")]

    operations = [migrations.RunSQL(FILLED, migrations.RunSQL.noop)]
