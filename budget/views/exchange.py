"""The firm's exchange rates: look up, enter, take out."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from budget.forms.expenses import ExchangeRateForm
from budget.models import ExchangeRate
from budget.selectors.exchange import EURO, rate_on
from budget.services.exchange import exchange_rate_delete, exchange_rate_save
from budget.views.tabs import tabs_of
from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from implement.core.money import currencies
from projects.kit.pages import ProjectView

PAGE_SIZE = 25
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


def found_words(base: str, quote: str, on: date) -> str:
    """Return what a look-up finds, in a sentence."""
    unknown = [code for code in (base, quote) if code not in currencies()]
    if unknown:
        return f"“{unknown[0][:10]}” is not a known currency code, such as EUR or USD."
    found = rate_on(base=base, quote=quote, on=on)
    if found is None:
        return f"There is no rate of {base} and {quote} until {on.day} {on:%b %Y}."
    return f"{found.words[0].upper()}{found.words[1:]}."


class ExchangeRatesView(ProjectView):
    """The rates, newest first, with a look-up; the finances enter and take out. The same table for every project."""

    permission = "exchange.view"
    room = "expenses"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        home = self.project.currency
        initial = {
            "base": "USD" if home == EURO else EURO, "quote": home, "effective_on": timezone.localdate(),
        }  # fmt: skip
        return self.answer(ExchangeRateForm(initial=initial))

    def answer(self, form: ExchangeRateForm, *, status: int = 200) -> HttpResponse:
        rows = ExchangeRate.objects.order_by("-effective_on", "base", "quote")
        asked = self.code("currency")
        if asked:
            rows = rows.filter(base=asked) | rows.filter(quote=asked)
        page = Paginator(rows, PAGE_SIZE).get_page(self.request.GET.get("page"))
        context = {
            "tabs": tabs_of(self.entry, "exchange"),
            "page": page,
            "asked": asked,
            "lookup": self.lookup(),
            "form": form,
        }
        return self.page("budget/exchange_rates.html", context, status=status)

    def code(self, name: str) -> str:
        """Return a currency code of the address: letters, and nothing that a database cannot compare with."""
        return "".join(letter for letter in self.request.GET.get(name, "") if letter.isalpha()).upper()[:3]

    def lookup(self) -> dict[str, Any]:
        """Return what was looked up and found; only currencies and a day that can be read are answered."""
        base = self.code("base")
        day = self.request.GET.get("on", "")
        try:
            on = date.fromisoformat(day) if day else timezone.localdate()
        except ValueError:
            return {"base": base, "on": day[:10], "words": f"“{day[:20]}” is not a date."}
        if not EARLIEST <= on <= LATEST:
            return {"base": base, "on": day[:10], "words": f"{day[:10]} is out of reach: 1990 to 2100."}
        words = found_words(base, self.project.currency, on) if base else ""
        return {"base": base, "on": on.isoformat(), "words": words}

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require("exchange.change")
        url = reverse("exchange_rates", args=[self.project.code])
        if "remove" in request.POST:
            key = request.POST["remove"]
            row = get_object_or_404(ExchangeRate, pk=int(key) if is_id(key) else 0)
            exchange_rate_delete(row=row, actor=self.entry.user)
            messages.success(request, f"The rate “{row}” is taken out. Approved expenses keep it.")
            return HttpResponseRedirect(url)
        form = ExchangeRateForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        said = form.cleaned_data
        try:
            row, is_new = exchange_rate_save(
                base=said["base"],
                quote=said["quote"],
                on=said["effective_on"],
                rate=said["rate"],
                source=said["source"],
                actor=self.entry.user,
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        messages.success(request, f"“{row}” {'added' if is_new else 'replaced'}.")
        return HttpResponseRedirect(url)
