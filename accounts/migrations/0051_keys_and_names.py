"""Keys of contacts and users; the names and domains by which one company is found again."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.organisation

# As accounts/identity says: the bare domain of a website or mail address, the folded name without its legal form.
FUNCTIONS = r"""
CREATE FUNCTION web_domain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT CASE WHEN bare LIKE '%_._%' THEN left(bare, 253) ELSE '' END
    FROM (SELECT rtrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        lower(normalize(btrim(words), NFKC)),
        '^[a-z][a-z0-9+.-]*://', ''), '[/?#,;|[:space:]].*$', ''), '^.*@', ''), '^www[0-9]*[.]|:.*$', '', 'g'), '.')) cut(bare)
);

CREATE FUNCTION company_name(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(nullif(replace(regexp_replace(regexp_replace(plain,
        '株式会社|有限会社|合同会社|合資会社|合名会社|(一般|公益)(社|財)団法人|かぶしきがいしゃ|ゆうげんがいしゃ|ごうどうがいしゃ', ' ', 'g'),
        '(^| )(株|有|合|同|かぶ|ゆう|inc|incorporated|ltd|limited|llc|llp|plc|co|corp|corporation|company|kk|k k|gmbh|ag|kg|ug|se|sa|s a|sas'
        || '|sarl|srl|s r l|spa|s p a|bv|b v|nv|n v|oy|ab|as|aps|pty|pte|pvt)(?= |$)', ' ', 'g'), ' ', ''), ''), replace(plain, ' ', ''))
    FROM (SELECT search_plain(words)) folded(plain)
);
"""
NO_FUNCTIONS = """
DROP FUNCTION company_name(text);
DROP FUNCTION web_domain(text);
"""
WRITTEN = """
CREATE OR REPLACE FUNCTION search_customer() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    INSERT INTO accounts_customerwords AS w (customer_id, text, grams, company, domain)
    VALUES (NEW.id, search_text(NEW.name, NEW.reading, NEW.domain), search_grams(search_text(NEW.name, NEW.reading, NEW.domain)),
            company_name(NEW.name), web_domain(NEW.domain))
    ON CONFLICT (customer_id) DO UPDATE
    SET text = EXCLUDED.text, grams = EXCLUDED.grams, company = EXCLUDED.company, domain = EXCLUDED.domain
    WHERE (w.text, w.company, w.domain) <> (EXCLUDED.text, EXCLUDED.company, EXCLUDED.domain);
    RETURN NULL;
END $search$;

CREATE OR REPLACE FUNCTION search_customers() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    INSERT INTO accounts_customerwords (customer_id, text, grams, company, domain)
    SELECT n.id, t.searched, search_grams(t.searched), company_name(n.name), web_domain(n.domain)
    FROM new_rows n CROSS JOIN LATERAL (SELECT search_text(n.name, n.reading, n.domain)) t(searched);
    RETURN NULL;
END $search$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION search_customer() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    INSERT INTO accounts_customerwords AS w (customer_id, text, grams)
    VALUES (NEW.id, search_text(NEW.name, NEW.reading, NEW.domain), search_grams(search_text(NEW.name, NEW.reading, NEW.domain)))
    ON CONFLICT (customer_id) DO UPDATE SET text = EXCLUDED.text, grams = EXCLUDED.grams
    WHERE w.text <> EXCLUDED.text;
    RETURN NULL;
END $search$;

CREATE OR REPLACE FUNCTION search_customers() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    INSERT INTO accounts_customerwords (customer_id, text, grams)
    SELECT n.id, t.searched, search_grams(t.searched)
    FROM new_rows n CROSS JOIN LATERAL (SELECT search_text(n.name, n.reading, n.domain)) t(searched);
    RETURN NULL;
END $search$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0050_kept_grams"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.CreateModel(
            name="ContactKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("external_id", models.CharField(max_length=200, verbose_name="external id")),
            ],
        ),
        migrations.CreateModel(
            name="UserKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("external_id", models.CharField(max_length=200, verbose_name="external id")),
            ],
        ),
        migrations.AddField(
            model_name="customerwords",
            name="company",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="customerwords",
            name="domain",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="organisation",
            name="found_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=8),
                blank=True,
                db_default=["contact", "domain"],
                default=accounts.models.organisation.found_by,
                size=None,
                verbose_name="ways to find a customer",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="keys_join",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="new keys join customers that are known"
            ),
        ),
        migrations.RunSQL(WRITTEN, BEFORE),
        migrations.AddIndex(
            model_name="customerwords",
            index=models.Index(
                condition=models.Q(("company", ""), _negated=True), fields=["company"], name="customer_company"
            ),
        ),
        migrations.AddIndex(
            model_name="customerwords",
            index=models.Index(
                condition=models.Q(("domain", ""), _negated=True), fields=["domain"], name="customer_domain"
            ),
        ),
        migrations.AddField(
            model_name="contactkey",
            name="contact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="accounts.contact"
            ),
        ),
        migrations.AddField(
            model_name="userkey",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="keys", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="contactkey",
            constraint=models.UniqueConstraint(fields=("source", "external_id"), name="contact_key_once"),
        ),
        migrations.AddConstraint(
            model_name="contactkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("external_id", ""), _negated=True), name="contact_key_has_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="userkey",
            constraint=models.UniqueConstraint(fields=("source", "external_id"), name="user_key_once"),
        ),
        migrations.AddConstraint(
            model_name="userkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("external_id", ""), _negated=True), name="user_key_has_id"
            ),
        ),
    ]
