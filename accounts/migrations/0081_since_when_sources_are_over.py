"""Sources that are over by now are so from now on: what they send later takes that back."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0080_cases_of_silence")]

    operations = [
        migrations.RunSQL("UPDATE accounts_source SET over_since = now() WHERE is_over", migrations.RunSQL.noop),
    ]
