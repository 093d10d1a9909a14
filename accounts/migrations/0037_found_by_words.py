import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import config.folding

# Folded as config/folding.py folds what is typed. Bodies are parsed here, so that a restore needs no search path.
FUNCTIONS = r"""
CREATE FUNCTION search_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    translate(
        lower(normalize(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g'), NFC)),
        'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ' || 'øłđħŧıς',
        'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖ' || 'oldhtiσ'),
    '[\t-\r -/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2010-\u205e\u3000-\u3003\u3008-\u301f\u30fb]+', ' ', 'g'));

CREATE FUNCTION search_text(first text, second text DEFAULT '', third text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT ' ' || coalesce(string_agg(
        plain || ' ' || CASE WHEN plain LIKE '% %' THEN replace(plain, ' ', '') || ' ' ELSE '' END, '' ORDER BY n), '')
    FROM (VALUES (1, search_plain(first)), (2, search_plain(second)), (3, search_plain(third))) folded(n, plain)
    WHERE plain <> ''
);

CREATE FUNCTION search_grams(searched text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT substr(searched, n, 2) FROM generate_series(1, length(searched) - 1) n
    WHERE substr(searched, n + 1, 1) <> ' '
);
"""
# New rows come by the hundred thousand in one statement, changes one by one.
KEPT = """
ALTER TABLE accounts_customerwords ADD CONSTRAINT customer_words_of
FOREIGN KEY (customer_id) REFERENCES accounts_customer ON DELETE CASCADE;

CREATE FUNCTION search_customer() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    INSERT INTO accounts_customerwords AS w (customer_id, text, grams)
    VALUES (NEW.id, search_text(NEW.name, NEW.reading, NEW.domain), search_grams(search_text(NEW.name, NEW.reading, NEW.domain)))
    ON CONFLICT (customer_id) DO UPDATE SET text = EXCLUDED.text, grams = EXCLUDED.grams
    WHERE w.text <> EXCLUDED.text;
    RETURN NULL;
END $search$;

CREATE TRIGGER search_customer AFTER UPDATE OF name, reading, domain ON accounts_customer
FOR EACH ROW EXECUTE FUNCTION search_customer();

CREATE FUNCTION search_customers() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    INSERT INTO accounts_customerwords (customer_id, text, grams)
    SELECT n.id, t.searched, search_grams(t.searched)
    FROM new_rows n CROSS JOIN LATERAL (SELECT search_text(n.name, n.reading, n.domain)) t(searched);
    RETURN NULL;
END $search$;

CREATE TRIGGER search_customers AFTER INSERT ON accounts_customer REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION search_customers();

INSERT INTO accounts_customerwords (customer_id, text, grams)
SELECT c.id, t.searched, search_grams(t.searched)
FROM accounts_customer c CROSS JOIN LATERAL (SELECT search_text(c.name, c.reading, c.domain)) t(searched);
"""
NOT_KEPT = """
DROP TRIGGER search_customer ON accounts_customer;
DROP TRIGGER search_customers ON accounts_customer;
DROP FUNCTION search_customer();
DROP FUNCTION search_customers();
"""
NO_FUNCTIONS = """
DROP FUNCTION search_grams(text);
DROP FUNCTION search_text(text, text, text);
DROP FUNCTION search_plain(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0036_first_steps_are_behind"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.CreateModel(
            name="CustomerWords",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="searched",
                        serialize=False,
                        to="accounts.customer",
                    ),
                ),
                ("text", models.TextField()),
                ("grams", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
        ),
        migrations.AddField(
            model_name="contact",
            name="reading",
            field=models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="reading"),
        ),
        migrations.AddField(
            model_name="customer",
            name="reading",
            field=models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="reading"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.SearchGrams("name", "reading", "email"), name="contact_words"
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.SearchGrams("external_id"), name="contract_words"
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.SearchGrams("name", "email"), name="user_words"
            ),
        ),
        migrations.AddIndex(
            model_name="customerwords",
            index=django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="customer_words"),
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
