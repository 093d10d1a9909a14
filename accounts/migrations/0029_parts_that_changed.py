from django.db import migrations

from config.stamps import stamp_whole


class Migration(migrations.Migration):
    dependencies = [("accounts", "0028_when_rows_changed")]

    operations = [
        stamp_whole("accounts_contract", part="accounts_contractline", link="contract_id"),
        stamp_whole("accounts_touchpoint", part="accounts_touchpoint_contacts", link="touchpoint_id"),
    ]
