"""Who has customers has taken the first steps: nobody there is shown them anew."""

from django.db import migrations

BEHIND = """
    UPDATE accounts_user SET guide_put_away = true WHERE EXISTS (SELECT FROM accounts_customer);
    UPDATE accounts_organisation SET segments_settled_on = current_date WHERE EXISTS (SELECT FROM accounts_customer)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0035_first_steps")]

    operations = [migrations.RunSQL(BEHIND, migrations.RunSQL.noop)]
