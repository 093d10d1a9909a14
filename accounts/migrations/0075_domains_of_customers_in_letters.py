"""The domains of the customers there are, by their letters."""

from django.db import migrations

FILLED = """
UPDATE accounts_customerwords w SET domain = web_domain(c.domain)
FROM accounts_customer c WHERE c.id = w.customer_id AND c.domain <> '' AND w.domain <> web_domain(c.domain)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0074_domains_in_punycode")]

    operations = [migrations.RunSQL(FILLED, migrations.RunSQL.noop)]
