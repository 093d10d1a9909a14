"""What it costs to score everybody, a few, and nobody; against bare aggregates and an ORM loop.

A full recompute is what the night does: the chunks of a new day, worked off by two workers. Nearly every
customer's parts change from one day to the next on this ground, so history is written for nearly all.
"""

from __future__ import annotations

import datetime as dt
import statistics
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections
from django.db.models import Avg, Count, Max, Q, Sum

from accounts.models import Contact, Customer, Entitlement, Touchpoint
from config.cycle import run
from health import scoring
from health.models import Score, SurveyResponse, Ticket, UsageDay
from health.scorecards import published
from health.signals import partitions
from tests.bench import signals
from tests.bench.ground import DAY, Bench, Ground, Result, timed

WORKERS = 2
SAMPLE = 100

# Each input once, grouped, its columns summed, without windows: what any recompute must at least read.
FLOOR = [
    """SELECT sum(a), sum(b), sum(c), sum(d), max(e), bit_or(f), max(g), sum(h) FROM (
        SELECT sum(uses) a, sum(active_users) b, sum(core_uses) c, sum(errors) d, max(features) e,
            bit_or(feature_bits) f, max(day) g, count(*) h
        FROM health_usageday WHERE day > DATE '{day}' - 90 AND day <= DATE '{day}' GROUP BY customer_id) q""",
    """SELECT sum(a), max(b), sum(c), max(d), max(e), sum(f), sum(g) FROM (
        SELECT count(*) a, avg(solved_at - opened_at) b, avg(csat) c, max(opened_at) d,
            avg(first_response_at - opened_at) e, count(DISTINCT topic) f, sum(reopened) g
        FROM health_ticket WHERE opened_at > DATE '{day}' - 180 GROUP BY customer_id) q""",
    """SELECT sum(a), max(b) FROM (
        SELECT avg(answer) a, max(answered_on) b
        FROM health_surveyresponse WHERE answered_on > DATE '{day}' - 365 GROUP BY customer_id) q""",
    """SELECT sum(a) FROM (SELECT avg(s.answer) FILTER (WHERE p.roles && ARRAY['champion', 'buyer']::varchar[]) a
        FROM health_surveyresponse s LEFT JOIN accounts_contact p ON p.id = s.contact_id
        WHERE s.kind = 'nps' AND s.answered_on > DATE '{day}' - 180 GROUP BY s.customer_id) q""",
    """SELECT sum(a), sum(b), sum(c) FROM (
        SELECT count(*) FILTER (WHERE 'champion' = ANY(roles)) a,
            count(*) FILTER (WHERE roles && ARRAY['buyer', 'sponsor']::varchar[]) b, count(*) c
        FROM accounts_contact GROUP BY customer_id) q""",
    "SELECT max(a) FROM (SELECT max(happened_on) a FROM accounts_touchpoint GROUP BY customer_id) q",
    """SELECT sum(a) FROM (SELECT count(DISTINCT a.contact_id) a FROM accounts_touchpoint h
        JOIN accounts_touchpoint_contacts a ON a.touchpoint_id = h.id GROUP BY h.customer_id) q""",
    """SELECT sum(a), sum(b) FROM (SELECT sum(e.quantity) a, count(e.name) b FROM accounts_entitlement e
        JOIN accounts_contract k ON k.id = e.contract_id GROUP BY k.customer_id) q""",
    """SELECT sum(a), max(b) FROM (SELECT count(*) FILTER (WHERE o.state = 'achieved') a, max(o.measured_on) b
        FROM accounts_outcome o JOIN accounts_objective j ON j.id = o.objective_id GROUP BY j.customer_id) q""",
    """SELECT max(a), max(b) FROM (SELECT min(due_on) FILTER (WHERE paid_on IS NULL) a, max(issued_on) b
        FROM accounts_invoice GROUP BY customer_id) q""",
    "SELECT sum(a) FROM (SELECT count(*) FILTER (WHERE disconnected_on IS NULL) a FROM accounts_integration GROUP BY customer_id) q",
    "SELECT sum(a) FROM (SELECT count(*) a FROM accounts_communityactivity GROUP BY customer_id) q",
    "SELECT sum(a) FROM (SELECT count(reached_on) a FROM health_milestone GROUP BY customer_id) q",
]


def next_day(ground: Ground) -> dt.date:
    """A day that nobody was scored for yet."""
    day: dt.date = ground.kept.get("day", DAY) + dt.timedelta(days=1)  # type: ignore[assignment,operator]
    ground.kept["day"] = day
    return day


def bare_aggregates(day: dt.date) -> None:
    for statement in FLOOR:
        signals.execute(statement.format(day=day))


def full(day: dt.date) -> None:
    """Every chunk of ``day``, by two workers."""
    ranges = scoring.chunks(day)
    lock = threading.Lock()

    def work() -> None:
        try:
            while True:
                with lock:
                    if not ranges:
                        return
                    first, last = ranges.pop(0)
                scoring.score_range(first, last, day)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def more_use(every: int, day: dt.date) -> list[int]:
    """New use of every so-manieth customer on ``day``; their ids."""
    signals.execute(
        f"UPDATE health_usageday SET uses = uses + 40, active_users = active_users + 3 "
        f"WHERE day = DATE '{day}' AND customer_id % {every} = 0"
    )
    return list(Customer.objects.filter(pk__in=range(every, 10**6, every)).values_list("pk", flat=True))


def loop(day: dt.date, customers: int) -> None:
    """The same job one customer at a time through the ORM: aggregates, points, weighted mean, two writes."""
    health = [card for card in published() if card.purpose == "health"]
    onboarding, standard = sorted(health, key=lambda card: "onboarding" not in card.content.stages)
    for customer in Customer.objects.order_by("pk")[:customers]:
        amounts = amounts_of(customer, day)
        card = onboarding if customer.stage == "onboarding" else standard
        shares = [float(share) for share in card.content.shares.values()]
        points: list[int | None] = []
        for line in card.content.lines:
            amount = amounts.get(line.measure)
            share = None if amount is None else (amount - float(line.zero_at)) / float(line.full_at - line.zero_at)
            points.append(None if share is None else round(100 * min(1, max(0, share))))
        known = [(p, share) for p, share in zip(points, shares, strict=True) if p is not None]
        whole = sum(share for _, share in known)
        value = round(sum(p * share for p, share in known) / whole) if whole else None
        band = "" if value is None else "green" if value >= 70 else "yellow" if value >= 45 else "red"
        Score.objects.update_or_create(
            customer=customer,
            day=day,
            defaults={"scorecard_id": card.pk, "value": value, "raw": value, "band": band, "points": points},
        )
        customer.score, customer.band = value, band  # type: ignore[assignment]
        customer.save(update_fields=["score", "band"])


def amounts_of(customer: Customer, day: dt.date) -> dict[str, Any]:
    def ago(days: int) -> dt.date:
        return day - dt.timedelta(days=days)

    use = UsageDay.objects.filter(customer=customer, day__lte=day, day__gt=ago(90)).aggregate(
        now=Sum("uses", filter=Q(day__gt=ago(28))),
        before=Sum("uses", filter=Q(day__lte=ago(28), day__gt=ago(56))),
        days=Count("day", filter=Q(uses__gt=0, day__gt=ago(28))),
        last=Max("day"),
        core=Sum("core_uses", filter=Q(day__gt=ago(28))),
        errors=Sum("errors", filter=Q(day__gt=ago(28))),
        peak=Max("active_users", filter=Q(day__gt=ago(28))),
        users=Sum("active_users", filter=Q(day__gt=ago(28))),
        features=Max("features"),
    )
    seats = Entitlement.objects.filter(contract__customer=customer, kind="seats").aggregate(n=Sum("quantity"))["n"]
    tickets = Ticket.objects.filter(customer=customer).aggregate(n=Count("pk"), csat=Avg("csat"))
    nps = SurveyResponse.objects.filter(customer=customer, kind="nps").aggregate(mean=Avg("answer"))["mean"]
    champions = Contact.objects.filter(customer=customer, state="active", roles__contains=["champion"]).count()
    executives = Contact.objects.filter(customer=customer, roles__overlap=["buyer", "sponsor"]).count()
    touch = Touchpoint.objects.filter(customer=customer).aggregate(last=Max("happened_on"))["last"]
    return {
        "usage_trend": use["now"] / use["before"] - 1 if use["before"] else None,
        "usage_frequency": use["days"] / 4,
        "days_since_use": (day - use["last"]).days if use["last"] else None,
        "activation_share": use["peak"] / seats if seats and use["peak"] else None,
        "seat_use": use["users"] / 28 / seats if seats and use["users"] else None,
        "stickiness": use["users"] / 28 / use["peak"] if use["peak"] else None,
        "feature_breadth": use["features"],
        "core_depth": use["core"] / use["now"] if use["now"] else None,
        "error_rate": use["errors"] / use["now"] if use["now"] else None,
        "tickets_balance": max(tickets["n"] - 3, 0),
        "support_csat": tickets["csat"],
        "nps": nps,
        "champion_present": champions,
        "executive_reach": executives,
        "touch_recency": (day - touch).days if touch else None,
    }


def session(ground: Ground) -> dict[str, float]:
    """Medians of all contestants over interleaved rounds, measured once a run."""
    if "recompute" in ground.kept:
        return ground.kept["recompute"]  # type: ignore[return-value]
    ground.once(signals.NAME, signals.portfolio)
    times: dict[str, list[float]] = {}
    full(next_day(ground))
    for _ in range(ground.rounds):
        day = next_day(ground)
        one_by_one(ground, day, lambda name, seconds: times.setdefault(name, []).append(seconds))
    for name, spent in times.items():
        ground.say(f"{name}: {', '.join(f'{seconds:.3f}' for seconds in spent)}")
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    ground.kept["recompute"] = medians
    return medians


def one_by_one(ground: Ground, day: dt.date, note: Callable[[str, float], None]) -> None:
    connection.ensure_connection()
    note("floor", timed(lambda: bare_aggregates(day)))
    note("full", timed(lambda: full(day)))
    signals.execute("VACUUM accounts_customer, health_score, health_namedscore")
    for name, every in (("changed 1,000", ground.customers // 1_000), ("changed 5,000", ground.customers // 5_000)):
        ids = more_use(every, day)
        note(name, timed(lambda ids=ids: scoring.score_customers(ids, day)))  # type: ignore[misc]
    cycle(day)
    note("idle", timed(lambda: cycle(day)))
    note("loop", timed(lambda: loop(day, SAMPLE)) * ground.customers / SAMPLE)


def cycle(day: dt.date) -> None:
    """The whole daily cycle; the second one of a day finds nothing changed."""
    for _done in run(day):
        pass


def recompute_full(ground: Ground) -> Result:
    found = session(ground)
    return Result(found["full"], found["floor"])


def recompute_vs_loop(ground: Ground) -> Result:
    found = session(ground)
    return Result(found["loop"], found["full"])


def recompute_1pct(ground: Ground) -> Result:
    found = session(ground)
    return Result(found["changed 1,000"], found["full"])


def recompute_dirty_scaling(ground: Ground) -> Result:
    """Milliseconds a customer."""
    found = session(ground)
    return Result(found["changed 5,000"] / 5, found["changed 1,000"], "ms")


def sweep_idle(ground: Ground) -> Result:
    found = session(ground)
    return Result(found["idle"], found["full"])


def recompute_history(ground: Ground) -> Result:
    """With 180 days of usage before the 90, and without them (their partitions detached), in turn."""
    session(ground)
    first = (DAY - dt.timedelta(days=94)).replace(day=1)
    start = first - dt.timedelta(days=180)
    ground.once(
        "180 days of usage before",
        lambda g: signals.usage(g, start.replace(day=1), (first - start.replace(day=1)).days),
    )
    signals.execute("ANALYZE health_usageday")
    older = months(start, first)
    times: dict[str, list[float]] = {"270": [], "90": []}
    for _ in range(min(ground.rounds, 3)):
        times["270"].append(a_new_day(ground))
        for name, _, _ in older:
            signals.execute(f"ALTER TABLE health_usageday DETACH PARTITION {name}")
        times["90"].append(a_new_day(ground))
        for name, begin, after in older:
            signals.execute(
                f"ALTER TABLE health_usageday ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{after}')"
            )
    ground.say(str(times))
    return Result(statistics.median(times["270"]), statistics.median(times["90"]))


def recompute_people(ground: Ground) -> Result:
    """With the people of each customer-day, and on the same days without them (the months swapped for copies), in turn."""
    session(ground)
    stretch = months(DAY - dt.timedelta(days=94), DAY + dt.timedelta(days=26))
    for name, _begin, _after in stretch:
        for statement in (
            f"CREATE TABLE bare_{name} (LIKE {name} INCLUDING ALL)",
            f"INSERT INTO bare_{name} SELECT * FROM {name}",
            f"UPDATE bare_{name} SET people = NULL",
            f"VACUUM FULL ANALYZE bare_{name}",
            f"VACUUM FULL ANALYZE {name}",
        ):
            signals.execute(statement)
    times: dict[str, list[float]] = {"named": [], "counted": []}
    for _ in range(ground.rounds):
        times["named"].append(a_new_day(ground))
        swap(stretch, "", "bare_")
        times["counted"].append(a_new_day(ground))
        swap(stretch, "bare_", "")
    for name, _begin, _after in stretch:
        signals.execute(f"DROP TABLE bare_{name}")
    ground.say(str(times))
    return Result(statistics.median(times["named"]), statistics.median(times["counted"]))


def swap(stretch: list[tuple[str, dt.date, dt.date]], out: str, into: str) -> None:
    for name, begin, after in stretch:
        signals.execute(f"ALTER TABLE health_usageday DETACH PARTITION {out}{name}")
        signals.execute(
            f"ALTER TABLE health_usageday ATTACH PARTITION {into}{name} FOR VALUES FROM ('{begin}') TO ('{after}')"
        )


def a_new_day(ground: Ground) -> float:
    """Seconds of a full recompute."""
    day = next_day(ground)
    return timed(lambda: full(day))


def months(start: dt.date, end: dt.date) -> list[tuple[str, dt.date, dt.date]]:
    found, month = [], start.replace(day=1)
    while month < end:
        after = partitions.month_after(month)
        found.append((f"health_usageday_{month:%Y_%m}", month, after))
        month = after
    return found


BENCHES = [
    Bench("recompute_full", 2.5, 1.8, recompute_full),
    Bench("recompute_vs_loop", 150, 300, recompute_vs_loop, better="higher"),
    Bench("recompute_1pct", 0.06, 0.03, recompute_1pct),
    Bench("recompute_dirty_scaling", 1.0, 0.8, recompute_dirty_scaling),
    Bench("sweep_idle", 0.3, 0.1, sweep_idle),
    Bench("recompute_history", 1.25, 1.05, recompute_history),
    Bench("recompute_people", 1.1, 1.03, recompute_people),
]
