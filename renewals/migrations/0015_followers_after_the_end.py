"""Contracts that another replaced are looked at again: a follower that began some days after a term's end closed the next one."""

from django.db import migrations

AGAIN = """
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT id, DATE '0001-01-01' FROM accounts_contract WHERE replaced_by_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("renewals", "0014_undone_terms")]

    operations = [migrations.RunSQL(AGAIN, migrations.RunSQL.noop)]
