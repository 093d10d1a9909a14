"""Contracts that another replaced, and those with a notice or a known end, are looked at again.

The last terms of contracts with several terms closed without the money of their follower, and a notice that lay ahead
when its contract was looked at was not looked at on its day. The sweep puts right what closed by itself.
"""

from django.db import migrations

AGAIN = """
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT id, DATE '0001-01-01' FROM accounts_contract
    WHERE replaced_by_id IS NOT NULL OR notice_given_on IS NOT NULL OR end_known_on IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("renewals", "0006_values_of_before"), ("accounts", "0022_owners_that_files_named")]

    operations = [migrations.RunSQL(AGAIN, migrations.RunSQL.noop)]
