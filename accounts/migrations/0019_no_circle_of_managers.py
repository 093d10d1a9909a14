"""Nobody reports to themselves, at any step: asked by the database, so that two admins at once cannot make a circle."""

from __future__ import annotations

from django.db import migrations

# The lock makes whoever comes second read what the first has committed.
CREATE = """
    CREATE FUNCTION accounts_user_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(x'6d616e61676572'::bigint);
        IF EXISTS (
            WITH RECURSIVE above(id) AS (
                SELECT NEW.manager_id
                UNION
                SELECT u.manager_id FROM accounts_user u JOIN above a ON u.id = a.id WHERE u.manager_id IS NOT NULL
            )
            SELECT FROM above WHERE id = NEW.id
        ) THEN
            RAISE EXCEPTION 'user_no_circle: % would report to themselves', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'user_no_circle';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER user_no_circle AFTER INSERT OR UPDATE OF manager_id ON accounts_user
    FOR EACH ROW WHEN (NEW.manager_id IS NOT NULL) EXECUTE FUNCTION accounts_user_no_circle();
"""
DROP = "DROP TRIGGER user_no_circle ON accounts_user; DROP FUNCTION accounts_user_no_circle()"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_handovers_and_covers")]

    operations = [migrations.RunSQL(CREATE, DROP)]
