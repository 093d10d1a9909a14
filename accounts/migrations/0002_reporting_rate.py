"""The rate of a currency on a day, for statements that turn lines into reporting currency."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION reporting_rate(currency_code text, on_day date) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT r.rate
    FROM accounts_exchangerate r, accounts_organisation o
    WHERE r.currency = currency_code
    ORDER BY
        -- the fiscal year is named by the calendar year in which it starts; the newest rate on or
        -- before it wins, else the oldest after it
        r.fiscal_year > extract(
            year FROM on_day - make_interval(months => o.fiscal_year_start_month - 1)
        ),
        abs(r.fiscal_year - extract(
            year FROM on_day - make_interval(months => o.fiscal_year_start_month - 1)
        ))
    LIMIT 1
$$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(FORWARD, "DROP FUNCTION reporting_rate(text, date)"),
    ]
