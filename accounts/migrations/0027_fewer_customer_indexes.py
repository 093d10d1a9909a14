"""One owner's customers are few enough to be sorted; three indexes cost every new score more than they gave."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0026_contracts_beside")]

    operations = [
        migrations.RemoveIndex("customer", "customer_owner_arr"),
        migrations.RemoveIndex("customer", "customer_owner_renewal"),
        migrations.RemoveIndex("customer", "customer_owner_name"),
    ]
