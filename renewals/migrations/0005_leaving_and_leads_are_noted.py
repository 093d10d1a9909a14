"""The sweep also looks at contracts whose notice changed, and at those of a customer or segment with another lead."""

from django.db import migrations

NOTE = """
CREATE OR REPLACE FUNCTION renewals_note_contract_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT f.id, DATE '0001-01-01' FROM fresh f JOIN stale s ON s.id = f.id
    WHERE (f.customer_id, f.starts_on, f.ends_on, f.ended_on, f.term_months, f.notice_days, f.notice_given_on,
           f.notice_withdrawn_on, f.auto_renews, f.is_trial, f.currency, f.replaced_by_id)
        IS DISTINCT FROM
          (s.customer_id, s.starts_on, s.ends_on, s.ended_on, s.term_months, s.notice_days, s.notice_given_on,
           s.notice_withdrawn_on, s.auto_renews, s.is_trial, s.currency, s.replaced_by_id);
    RETURN NULL;
END $$;

CREATE FUNCTION renewals_note_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT DISTINCT r.contract_id, DATE '0001-01-01' FROM renewals_renewal r
    WHERE r.customer_id = NEW.id AND r.stage = 'upcoming';
    RETURN NULL;
END $$;

CREATE FUNCTION renewals_note_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT DISTINCT r.contract_id, DATE '0001-01-01'
    FROM accounts_customer c JOIN renewals_renewal r ON r.customer_id = c.id AND r.stage = 'upcoming'
    WHERE c.segment_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER renewals_segment_of_customer AFTER UPDATE OF segment_id ON accounts_customer
    FOR EACH ROW WHEN (OLD.segment_id IS DISTINCT FROM NEW.segment_id)
    EXECUTE FUNCTION renewals_note_lead();
CREATE TRIGGER renewals_lead_of_segment AFTER UPDATE OF renewal_lead_days ON accounts_segment
    FOR EACH ROW WHEN (OLD.renewal_lead_days IS DISTINCT FROM NEW.renewal_lead_days)
    EXECUTE FUNCTION renewals_note_leads();

-- What contracts say of their terms is derived anew.
INSERT INTO renewals_termcheck (contract_id, from_day)
SELECT id, DATE '0001-01-01' FROM accounts_contract;
"""

FORGET = """
DROP TRIGGER renewals_lead_of_segment ON accounts_segment;
DROP TRIGGER renewals_segment_of_customer ON accounts_customer;
DROP FUNCTION renewals_note_leads();
DROP FUNCTION renewals_note_lead();

CREATE OR REPLACE FUNCTION renewals_note_contract_changes() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("renewals", "0004_leaving_money_and_void"),
        ("accounts", "0020_outcome_periods_and_next_prep"),
    ]

    operations = [migrations.RunSQL(NOTE, FORGET)]
