"""The product's own addresses beside the smallest page that shows the same rows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from accounts.models import Customer
from config.urls import urlpatterns as products

PAGE = """<!doctype html><title>Customers</title><table>{% for c in customers %}<tr><td><a href="/customers/{{ c.pk }}/">{{ c.name }}</a></td>
<td>{{ c.score }}</td><td>{{ c.band }}</td><td>{{ c.arr }}</td><td>{{ c.next_renewal_on }}</td><td>{{ c.segment.name }}</td>
<td>{{ c.touch_model }}</td><td>{{ c.owner.name }}</td><td>{{ c.last_touch_on }}</td></tr>{% endfor %}</table>"""


def smallest(request: HttpRequest) -> HttpResponse:
    """Fifty rows by owner, lowest score first, in a plain template without navigation."""
    customers = (
        Customer.objects.filter(owner=request.GET["owner"])
        .select_related("segment", "owner")
        .order_by("score", "pk")[:50]
    )
    template = engines["django"].from_string(PAGE) if smallest.template is None else smallest.template
    smallest.template = template
    return HttpResponse(template.render({"customers": customers}, request))


smallest.template = None

urlpatterns = [path("smallest/", smallest), *products]
