"""What contracts, lines, rates, facts and touches say of themselves: when we learned of them, and who took part."""

from django.db import migrations, models

# As reporting_rate(text, date), of the rates known on a day.
RATE_KNOWN_ON = """
CREATE FUNCTION reporting_rate(currency_code text, on_day date, known_day date) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT r.rate
    FROM accounts_exchangerate r, accounts_organisation o
    WHERE r.currency = currency_code AND (r.known_on IS NULL OR r.known_on <= known_day)
    ORDER BY
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
    dependencies = [
        ("accounts", "0011_closing_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="known_on",
            field=models.DateField(blank=True, null=True, verbose_name="known since"),
        ),
        migrations.AddField(
            model_name="contract",
            name="notice_withdrawn_on",
            field=models.DateField(blank=True, null=True, verbose_name="notice withdrawn on"),
        ),
        migrations.AddField(
            model_name="contractline",
            name="known_on",
            field=models.DateField(blank=True, null=True, verbose_name="known since"),
        ),
        migrations.AddField(
            model_name="customer",
            name="leaves_on",
            field=models.DateField(blank=True, null=True, verbose_name="leaves on"),
        ),
        migrations.AddField(
            model_name="datedfact",
            name="known_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="exchangerate",
            name="known_on",
            field=models.DateField(blank=True, null=True, verbose_name="known since"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="counts_unsettled",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Contracts that do not renew by themselves, whose end passed long ago and that nobody ended.",
                verbose_name="count contracts that are to be settled",
            ),
        ),
        migrations.AddField(
            model_name="touchpoint",
            name="attended",
            field=models.BooleanField(db_default=False, default=False, verbose_name="attended"),
        ),
        migrations.AddField(
            model_name="touchpoint",
            name="direction",
            field=models.CharField(
                blank=True,
                choices=[("in", "From the customer"), ("out", "From us")],
                db_default="out",
                max_length=3,
                verbose_name="direction",
            ),
        ),
        migrations.AddField(
            model_name="touchpoint",
            name="mass",
            field=models.BooleanField(db_default=False, default=False, verbose_name="to many"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="arr",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=24, null=True, verbose_name="ARR"),
        ),
        migrations.RunSQL(RATE_KNOWN_ON, "DROP FUNCTION reporting_rate(text, date, date)"),
    ]
