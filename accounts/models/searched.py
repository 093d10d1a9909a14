"""The searched texts of customers, apart from the table whose rows every night rewrites."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from accounts.models.customers import Customer


class CustomerWords(models.Model):
    """Name, reading and domain of a customer in the form for search; written by triggers on the customer's row.

    ``company`` is the name without its legal form, folded; ``domain`` the bare one of a website or mail address. By both
    one company is found again (``accounts.identity``); "" where there is none.
    """

    # The migration itself adds the constraint: deleting a customer by SQL deletes its words, too.
    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="searched", db_constraint=False
    )
    text = models.TextField()
    grams = ArrayField(models.TextField())
    company = models.TextField(default="", db_default="")
    domain = models.TextField(default="", db_default="")

    class Meta:
        indexes = [
            GinIndex(fields=["grams"], name="customer_words"),
            models.Index(fields=["company"], condition=~Q(company=""), name="customer_company"),
            models.Index(fields=["domain"], condition=~Q(domain=""), name="customer_domain"),
        ]

    def __str__(self) -> str:
        return self.text
