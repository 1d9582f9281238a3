"""What one currency is in another from a day on: one table for the whole firm."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from implement.core.db import VersionedModel
from implement.core.money import CurrencyField

RATE_DIGITS, RATE_DECIMALS = 18, 10
SMALLEST_RATE = Decimal(1).scaleb(-RATE_DECIMALS)
LARGEST_RATE = Decimal(10) ** (RATE_DIGITS - RATE_DECIMALS)


class ExchangeRate(VersionedModel):
    """1 `base` is `rate` `quote` on a day, and until the next rate of the two. The firm's, not a project's."""

    base = CurrencyField("from")
    quote = CurrencyField("to")
    effective_on = models.DateField("date")
    rate = models.DecimalField(
        max_digits=RATE_DIGITS, decimal_places=RATE_DECIMALS, validators=[MinValueValidator(SMALLEST_RATE)]
    )
    source = models.CharField(max_length=120, blank=True, help_text="Such as ECB, or the bank's statement.")

    class Meta:
        ordering = ["-effective_on", "base", "quote"]
        constraints = [
            models.UniqueConstraint(
                fields=["base", "quote", "effective_on"],
                name="exchange_rate_once",
                violation_error_message="There is a rate of these two currencies for this day already.",
            ),
            models.CheckConstraint(
                condition=Q(rate__gt=0),
                name="exchange_rate_positive",
                violation_error_message="An exchange rate is more than 0.",
            ),
            models.CheckConstraint(
                condition=~Q(base=F("quote")),
                name="exchange_rate_of_two",
                violation_error_message="A rate is between two different currencies.",
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} in {self.quote}, {self.effective_on}"
