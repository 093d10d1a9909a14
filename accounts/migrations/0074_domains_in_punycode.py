"""A domain in punycode (``xn--…``) and the same in its own letters are one."""

from django.db import migrations

# RFC 3492, section 6.2; what is no punycode stays as it is. Without a block for exceptions, which no parallel worker may enter.
LABEL = r"""
CREATE FUNCTION domain_label(label text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    cut int := length(label) - 4 - coalesce(nullif(strpos(reverse(substr(label, 5)), '-'), 0), length(label) - 3);
    letters text[] := regexp_split_to_array(left(substr(label, 5), greatest(cut, 0)), '');
    code text := substr(label, 5 + greatest(cut + 1, 0));
    n bigint := 128;
    i bigint := 0;
    bias bigint := 72;
    place int := 1;
    old_i bigint;
    weight bigint;
    k bigint;
    digit bigint;
    threshold bigint;
    delta bigint;
    points bigint;
    most CONSTANT bigint := 2147483648;
BEGIN
    IF cut < 1 THEN
        letters := '{}';
        code := ltrim(substr(label, 5), '-');
    END IF;
    WHILE place <= length(code) LOOP
        old_i := i;
        weight := 1;
        k := 36;
        LOOP
            digit := strpos('abcdefghijklmnopqrstuvwxyz0123456789', substr(code, place, 1)) - 1;
            IF digit < 0 OR place > length(code) THEN
                RETURN label;
            END IF;
            place := place + 1;
            i := i + digit * weight;
            IF i >= most OR weight >= most THEN
                RETURN label;
            END IF;
            threshold := least(greatest(k - bias, 1), 26);
            EXIT WHEN digit < threshold;
            weight := weight * (36 - threshold);
            k := k + 36;
        END LOOP;
        points := cardinality(letters) + 1;
        delta := CASE WHEN old_i = 0 THEN i / 700 ELSE (i - old_i) / 2 END;
        delta := delta + delta / points;
        k := 0;
        WHILE delta > 455 LOOP
            delta := delta / 35;
            k := k + 36;
        END LOOP;
        bias := k + 36 * delta / (delta + 38);
        n := n + i / points;
        i := i % points;
        IF n > 1114111 OR n BETWEEN 55296 AND 57343 THEN  -- no letters at all, or halves of one
            RETURN label;
        END IF;
        letters := letters[1:i] || chr(n::int) || letters[i + 1:];
        i := i + 1;
    END LOOP;
    RETURN array_to_string(letters, '');
END $$;

CREATE FUNCTION domain_in_letters(domain text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg(CASE WHEN label LIKE 'xn--_%' THEN domain_label(label) ELSE label END, '.' ORDER BY nth)
    FROM unnest(string_to_array(domain, '.')) WITH ORDINALITY AS labels(label, nth)
);

CREATE OR REPLACE FUNCTION web_domain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT CASE WHEN bare LIKE '%xn--%_._%' OR bare LIKE '%_.xn--_%' THEN left(normalize(domain_in_letters(bare), NFKC), 253)
                WHEN bare LIKE '%_._%' THEN left(bare, 253) ELSE '' END
    FROM (SELECT rtrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        translate(lower(normalize(btrim(words), NFKC)), '。', '.'),
        '^[a-z][a-z0-9+.-]*://', ''), '[/?#,;|[:space:]].*$', ''), '^.*@', ''), '^www[0-9]*[.]|:.*$', '', 'g'), '.')) cut(bare)
);
"""
BEFORE = r"""
CREATE OR REPLACE FUNCTION web_domain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT CASE WHEN bare LIKE '%_._%' THEN left(bare, 253) ELSE '' END
    FROM (SELECT rtrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        lower(normalize(btrim(words), NFKC)),
        '^[a-z][a-z0-9+.-]*://', ''), '[/?#,;|[:space:]].*$', ''), '^.*@', ''), '^www[0-9]*[.]|:.*$', '', 'g'), '.')) cut(bare)
);
DROP FUNCTION domain_in_letters(text);
DROP FUNCTION domain_label(text);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0073_keys_of_people_change")]

    operations = [migrations.RunSQL(LABEL, BEFORE)]
