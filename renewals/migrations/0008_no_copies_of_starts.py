"""Renewals closed by hand copied the follower's start into the old contract's end; ``stops_on`` says it without.

What closing wrote, kept for Undo, loses the copy as well: accounts 0021 has cleared those it found already.
"""

from django.db import migrations

NO_COPIES = """
    UPDATE accounts_contract o SET ended_on = NULL, end_known_on = NULL
    FROM accounts_contract n, renewals_renewal r
    WHERE n.id = o.replaced_by_id AND o.ended_on = n.starts_on AND r.contract_id = o.id AND r.successor_id = n.id
      AND r.before_closing ->> 'ended_on' IS NULL AND r.before_closing ? 'written';
    UPDATE renewals_renewal r SET before_closing = jsonb_set(r.before_closing, '{written,ended_on}', 'null')
    WHERE r.before_closing ? 'written' AND r.successor_id IS NOT NULL AND r.before_closing ->> 'ended_on' IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("renewals", "0007_outcomes_and_notices_anew"), ("accounts", "0022_owners_that_files_named")]
    operations = [migrations.RunSQL(NO_COPIES, migrations.RunSQL.noop)]
