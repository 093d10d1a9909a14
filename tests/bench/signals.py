"""100,000 customers with 90 days of daily usage and every other fact a shipped measure reads, by set-based SQL."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from config import shipped
from health.signals import partitions
from tests.bench.ground import DAY, Ground

NAME = "100,000 customers with 115 days of usage"
WORDS = {
    "day": f"DATE '{DAY}'",
}

CUSTOMERS = """
    INSERT INTO accounts_organisation (id, name, time_zone, currency, fiscal_year_start_month, holiday_country,
        frozen_today, onboarding_days) VALUES (1, 'Bench', 'UTC', 'USD', 1, '', {day}, 90);
    INSERT INTO accounts_user (email, name, role, language, time_zone, is_active, is_staff, is_superuser, password, date_joined)
    SELECT 'csm' || n || '@bench.example', 'CSM ' || n, 'csm', 'en', '', true, false, false, '', now()
    FROM generate_series(1, 200) n;
    INSERT INTO accounts_customer (name, domain, industry, use_case, country, tags, attributes, status, stage,
        touch_model, pin_reason, band, owner_id, first_contract_on, arr, employees)
    SELECT 'Customer ' || n, '', '', '', '', '{{}}', '{{}}', 'live',
        CASE WHEN n % 20 = 0 THEN 'onboarding' WHEN n % 3 = 0 THEN 'growth' ELSE 'mature' END,
        'low', '', '', 1 + n % 200, {day} - CASE WHEN n % 20 = 0 THEN 40 WHEN n % 3 = 0 THEN 200 ELSE 700 END,
        1000 + n % 5000, 50
    FROM generate_series(1, {customers}) n;
    INSERT INTO accounts_contract (customer_id, source, external_id, starts_on, ends_on, term_months, notice_days,
        auto_renews, is_trial, currency)
    SELECT id, 'bench', id::text, first_contract_on, first_contract_on + 365 * 4, 12, 30, false, false, 'USD'
    FROM accounts_customer;
    INSERT INTO accounts_contractline (contract_id, product, starts_on, quantity, annual_amount, discount_percent)
    SELECT id, 'Platform', starts_on, 1, 1000 + id % 900, 0 FROM accounts_contract;
    INSERT INTO accounts_entitlement (contract_id, kind, name, quantity)
    SELECT id, 'seats', '', 10 + id % 90 FROM accounts_contract;
    INSERT INTO accounts_entitlement (contract_id, kind, name, quantity)
    SELECT k.id, 'module', m.name, NULL FROM accounts_contract k, (VALUES (2, 'analytics'), (3, 'automation')) m(n, name)
    WHERE k.id % m.n = 0;
    INSERT INTO accounts_contact (customer_id, name, email, title, roles, state, state_on, source, external_id)
    SELECT c.id, 'Contact ' || k, '', '', CASE k WHEN 1 THEN '{{champion}}' WHEN 2 THEN '{{sponsor}}' ELSE '{{user}}' END::varchar[],
        CASE WHEN k = 1 AND c.id % 15 = 0 THEN 'left' ELSE 'active' END, {day} - 100, '', ''
    FROM accounts_customer c, generate_series(1, 4) k;
    INSERT INTO accounts_touchpoint (customer_id, kind, proactive, attended, happened_on, note, next_step)
    SELECT c.id, 'call', true, true, {day} - (c.id * 7 + k * 13)::int % 85, '', '' FROM accounts_customer c, generate_series(1, 3) k;
    ANALYZE accounts_customer, accounts_contract, accounts_contact, accounts_touchpoint;
    INSERT INTO accounts_touchpoint_contacts (touchpoint_id, contact_id)
    SELECT h.id, p.id FROM accounts_touchpoint h JOIN accounts_contact p ON p.customer_id = h.customer_id
    WHERE (h.id + p.id) % 3 = 0;
    INSERT INTO accounts_objective (customer_id, title, agreed_on) SELECT id, 'Goal', {day} - 300 FROM accounts_customer;
    INSERT INTO accounts_outcome (objective_id, measure, unit, state, measured_on)
    SELECT j.id, 'Hours', '', (ARRAY['achieved', 'partial', 'missed', 'open'])[1 + (j.id + k) % 4],
        CASE WHEN (j.id + k) % 4 < 3 THEN {day} - (j.id * 17 + k * 90)::int % 300 END
    FROM accounts_objective j, generate_series(1, 2) k;
    INSERT INTO accounts_invoice (customer_id, source, external_id, issued_on, due_on, paid_on, amount, currency)
    SELECT c.id, 'bench', c.id || '-' || k, at, at + 30, CASE WHEN c.id % 12 > 0 OR k > 1 THEN at + 20 END, 1000, 'USD'
    FROM accounts_customer c, generate_series(1, 4) k, LATERAL (SELECT {day} - k * 91 + (c.id % 30)::int) i(at);
    INSERT INTO accounts_integration (customer_id, name, connected_on, disconnected_on, source, external_id)
    SELECT c.id, 'System ' || k, {day} - 200, CASE WHEN (c.id + k) % 9 = 0 THEN {day} - 20 END, 'bench', c.id || '-' || k
    FROM accounts_customer c, generate_series(1, 2) k;
    INSERT INTO accounts_communityactivity (customer_id, kind, happened_on, source, external_id)
    SELECT id, 'post', {day} - (id % 80)::int, 'bench', id::text FROM accounts_customer WHERE id % 3 = 0;
    INSERT INTO health_milestone (customer_id, key, due_on, reached_on)
    SELECT c.id, m.key, c.first_contract_on + m.days, CASE WHEN (c.id + m.days) % 4 > 0 THEN c.first_contract_on + m.days END
    FROM accounts_customer c, (VALUES ('activation', 7), ('habit', 28), ('value', 56), ('team', 84)) m(key, days);
    INSERT INTO health_ticket (customer_id, source, external_id, subject, topic, severity, opened_at, first_response_at,
        solved_at, reopened, escalated, csat)
    SELECT c.id, 'bench', c.id || '-' || k, '', 'topic ' || (c.id + k) % 3, 'low', at, at + interval '50 minutes', at + interval '30 hours', 0, false, 1 + (c.id + k) % 5
    FROM accounts_customer c, generate_series(1, 3) k,
        LATERAL (SELECT {day} - make_interval(days => (c.id * 11 + k * 29)::int % 88)) t(at);
    INSERT INTO health_surveyresponse (customer_id, contact_id, kind, answer, answered_on, comment, source, external_id)
    SELECT c.id, p.first, s.kind, least(c.id % 11, s.most), {day} - (c.id % 85)::int, '', 'bench', c.id || s.kind
    FROM accounts_customer c JOIN (SELECT customer_id, min(id) AS first FROM accounts_contact GROUP BY 1) p
        ON p.customer_id = c.id, (VALUES ('nps', 10), ('ces', 7), ('intent', 10)) s(kind, most) WHERE s.kind <> 'ces' OR c.id % 11 > 0;
    INSERT INTO health_feature (key, name, is_core, module)
    SELECT 'f' || n, 'Feature ' || n, n <= 5, CASE WHEN n > 26 THEN 'automation' WHEN n > 22 THEN 'analytics' ELSE '' END
    FROM generate_series(1, 30) n;
"""

USAGE = """
    INSERT INTO health_usageday (customer_id, day, active_users, sessions, uses, core_uses, features, seconds, errors, feature_bits, people)
    SELECT c, {day}, 3 + h % 20, 4 + h % 25, 20 + h % 90, h % 30, 2 + h % 6, 600 + h % 900, h % 3,
        (1 << (h % 30)) | (2 << (h / 7 % 25)), ARRAY[h % 2, 3 + h % 19, 1 + h % 7, 1 + h % 3, 1]
    FROM generate_series(1, {customers}::bigint) c,
        LATERAL (SELECT (hashint8(c * 1000003 + {salt}) & 1048575) AS h) r
"""
# A customer's champion and nine others, of one in ten customers all with the days of four weeks, else the champion's.
PEOPLE = """
    INSERT INTO health_person (customer_id, number, is_agent, contact_id, first_on, core_on)
    SELECT c.id, k, false, CASE WHEN k = 1 THEN (SELECT min(p.id) FROM accounts_contact p WHERE p.customer_id = c.id) END,
        {day} - 90, CASE WHEN k % 3 > 0 THEN {day} - 80 END
    FROM accounts_customer c, generate_series(1, 10) k;
    INSERT INTO health_personday (person_id, day, uses, feature_bits, gap)
    SELECT h.id, {day} - n, 1 + h.id % 9, 3, 2 FROM health_person h, generate_series(0, 27, 2) n
    WHERE h.number = 1 OR h.customer_id % 10 = 0;
"""
TABLES = (
    "accounts_customer, accounts_contract, accounts_entitlement, accounts_contact, accounts_touchpoint, "
    "accounts_touchpoint_contacts, accounts_objective, accounts_outcome, accounts_invoice, accounts_integration, "
    "accounts_communityactivity, health_milestone, health_ticket, health_surveyresponse, health_usageday, health_feature, "
    "health_person, health_personday"
)


def portfolio(ground: Ground) -> None:
    """The customers, and usage from 94 days before ``DAY`` to 25 days after it."""
    execute(CUSTOMERS.format(**WORDS, customers=ground.customers))
    usage(ground, DAY - dt.timedelta(days=94), 120)
    execute(PEOPLE.format(**WORDS))
    shipped.install(DAY)
    execute(f"VACUUM ANALYZE {TABLES}")


def usage(ground: Ground, first: dt.date, days: int) -> None:
    """``days`` of usage of every customer from ``first`` on, a day's rows together, as daily loads leave them."""
    partitions.ensure_partitions(first, first + dt.timedelta(days=days))
    for number in range(days):
        day = first + dt.timedelta(days=number)
        execute(USAGE.format(day=f"DATE '{day}'", customers=ground.customers, salt=day.toordinal()))


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def fetch(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
