from django.db import migrations

from config.stamps import stamp_whole


class Migration(migrations.Migration):
    dependencies = [("accounts", "0031_reviews_positive_or_none")]

    operations = [
        stamp_whole("accounts_contract", part="accounts_contractline", link="contract_id", anew=True),
        stamp_whole("accounts_touchpoint", part="accounts_touchpoint_contacts", link="touchpoint_id", anew=True),
    ]
