from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION reporting_rate({arguments}) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT r.rate
    FROM accounts_exchangerate r, accounts_organisation o
    WHERE r.currency = currency_code{known}
    ORDER BY
        -- the fiscal year is named by the calendar year in which it starts; the newest rate on or
        -- before it wins, else the oldest after it; of several for a year the one known last
        r.fiscal_year > extract(
            year FROM on_day - make_interval(months => o.fiscal_year_start_month - 1)
        ),
        abs(r.fiscal_year - extract(
            year FROM on_day - make_interval(months => o.fiscal_year_start_month - 1)
        )){newest}
    LIMIT 1
$$;
"""
DAY = {"arguments": "currency_code text, on_day date", "known": ""}
KNOWN = {
    "arguments": "currency_code text, on_day date, known_day date",
    "known": " AND (r.known_on IS NULL OR r.known_on <= known_day)",
}
NEWEST = ", r.known_on DESC NULLS LAST"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_changes_a_reader")]

    operations = [
        migrations.RemoveConstraint(model_name="exchangerate", name="exchange_rate_once_a_year"),
        migrations.AddConstraint(
            model_name="exchangerate",
            constraint=models.UniqueConstraint(
                fields=("currency", "fiscal_year", "known_on"), name="exchange_rate_once_a_day", nulls_distinct=False
            ),
        ),
        migrations.RunSQL(
            FUNCTION.format(**DAY, newest=NEWEST) + FUNCTION.format(**KNOWN, newest=NEWEST),
            FUNCTION.format(**DAY, newest="") + FUNCTION.format(**KNOWN, newest=""),
        ),
    ]
