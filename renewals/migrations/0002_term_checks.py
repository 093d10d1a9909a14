"""Triggers that note which contracts the renewal sweep has to look at."""

from django.db import migrations

NOTE_CONTRACTS = """
CREATE FUNCTION renewals_note_contracts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renewals_termcheck (contract_id, from_day) SELECT id, DATE '0001-01-01' FROM fresh;
    RETURN NULL;
END $$;

CREATE FUNCTION renewals_note_contract_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT f.id, DATE '0001-01-01' FROM fresh f JOIN stale s ON s.id = f.id
    WHERE (f.customer_id, f.starts_on, f.ends_on, f.ended_on, f.term_months, f.notice_days,
           f.auto_renews, f.is_trial, f.currency, f.replaced_by_id)
        IS DISTINCT FROM
          (s.customer_id, s.starts_on, s.ends_on, s.ended_on, s.term_months, s.notice_days,
           s.auto_renews, s.is_trial, s.currency, s.replaced_by_id);
    RETURN NULL;
END $$;

CREATE FUNCTION renewals_note_line_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO renewals_termcheck (contract_id, from_day)
        SELECT DISTINCT moved.contract_id, DATE '0001-01-01'
        FROM fresh f JOIN stale s ON s.id = f.id
        CROSS JOIN LATERAL (VALUES (f.contract_id), (s.contract_id)) AS moved(contract_id)
        WHERE (f.contract_id, f.starts_on, f.ends_on, f.annual_amount)
            IS DISTINCT FROM (s.contract_id, s.starts_on, s.ends_on, s.annual_amount);
    ELSE
        INSERT INTO renewals_termcheck (contract_id, from_day)
        SELECT DISTINCT contract_id, DATE '0001-01-01' FROM fresh;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION renewals_note_rates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT c.id, DATE '0001-01-01' FROM accounts_contract c
    WHERE c.currency IN (SELECT currency FROM fresh);
    RETURN NULL;
END $$;

CREATE TRIGGER renewals_contract_added AFTER INSERT ON accounts_contract
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_contracts();
CREATE TRIGGER renewals_contract_changed AFTER UPDATE ON accounts_contract
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_contract_changes();
CREATE TRIGGER renewals_line_added AFTER INSERT ON accounts_contractline
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_line_changes();
CREATE TRIGGER renewals_line_changed AFTER UPDATE ON accounts_contractline
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_line_changes();
CREATE TRIGGER renewals_line_removed AFTER DELETE ON accounts_contractline
    REFERENCING OLD TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_line_changes();
CREATE TRIGGER renewals_rate_added AFTER INSERT ON accounts_exchangerate
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_rates();
CREATE TRIGGER renewals_rate_changed AFTER UPDATE ON accounts_exchangerate
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION renewals_note_rates();

-- Contracts that stood before this migration.
INSERT INTO renewals_termcheck (contract_id, from_day)
SELECT id, DATE '0001-01-01' FROM accounts_contract;
"""

FORGET = """
DROP TRIGGER renewals_rate_changed ON accounts_exchangerate;
DROP TRIGGER renewals_rate_added ON accounts_exchangerate;
DROP TRIGGER renewals_line_removed ON accounts_contractline;
DROP TRIGGER renewals_line_changed ON accounts_contractline;
DROP TRIGGER renewals_line_added ON accounts_contractline;
DROP TRIGGER renewals_contract_changed ON accounts_contract;
DROP TRIGGER renewals_contract_added ON accounts_contract;
DROP FUNCTION renewals_note_rates();
DROP FUNCTION renewals_note_line_changes();
DROP FUNCTION renewals_note_contract_changes();
DROP FUNCTION renewals_note_contracts();
"""


class Migration(migrations.Migration):
    dependencies = [("renewals", "0001_initial")]

    operations = [migrations.RunSQL(NOTE_CONTRACTS, FORGET)]
