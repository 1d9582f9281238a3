"""The words and shapes that every template shares. Loaded everywhere as a builtin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from implement.core import diagrams as diagrams_module
from implement.core import markdown as markdown_module
from implement.core import money as money_module

register = template.Library()

TONE_ICONS = {
    "good": "circle-check",
    "watch": "alert-triangle",
    "trouble": "alert-octagon",
    "moving": "progress",
    "quiet": "circle",
    "done": "circle-check",
}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Return an icon of the sprite; with a `label` it speaks, without it is hidden from screen readers."""
    aria = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" {} focusable="false"><use href="{}#{}"></use></svg>',
        css,
        aria,
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Return "1,234.50 EUR" or n/a."""
    return money_module.format_money(amount, currency)


@register.filter
def whole_money(amount: Decimal | None, currency: str) -> str:
    """Return "1,235 EUR" or n/a, for tiles where cents are noise."""
    return money_module.format_money(amount, currency, digits=0)


@register.filter
def hours(seconds: int | None, digits: int = 2) -> str:
    """Return seconds as "1,234.50" hours or n/a."""
    return (
        money_module.not_available()
        if seconds is None
        else money_module.format_number(money_module.hours_of(seconds), digits=digits)
    )


@register.filter
def clock(seconds: int) -> str:
    """Return seconds as a running clock shows them: "1:05", hours and minutes."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}"


@register.filter
def signed_hours(seconds: int | None) -> str:
    """Return a step in hours as "+12.50" or "−3.00", or n/a."""
    if seconds is None:
        return money_module.not_available()
    return f"{_sign(seconds)}{hours(abs(seconds))}"


@register.filter
def signed_money(amount: Decimal | None, currency: str) -> str:
    """Return a step in money as "+1,234.50 EUR" or "−3.00 EUR", or n/a."""
    if amount is None:
        return money_module.not_available()
    return f"{_sign(amount)}{money(abs(amount), currency)}"


def _sign(value: Decimal | int) -> str:
    return "+" if value > 0 else "−" if value < 0 else ""


@register.filter
def number(value: Decimal | int | float | None, digits: int = 2) -> str:
    """Return a grouped number or n/a."""
    return money_module.format_number(value, digits=digits)


@register.filter
def percent(value: Decimal | float | None, digits: int = 0) -> str:
    """Return a ratio (0.25) as "25 %" or n/a."""
    if value is None:
        return money_module.not_available()
    return f"{money_module.format_number(Decimal(str(value)) * 100, digits=digits)} %"


@register.filter
def na(value: Any) -> Any:
    """Return the value, or n/a when it is missing (None or empty): never 0."""
    return money_module.not_available() if value is None or value == "" else value


@register.filter
def day(value: date | None) -> str:
    """Return a day as "9 Mar 2026" in the active language, or n/a."""
    return money_module.day_text(value)


@register.filter
def moved(days: int | None) -> str:
    """Return by how many days something moved: "+3", "-1", "0", or n/a."""
    return money_module.not_available() if days is None else f"{days:+d}" if days else "0"


@register.filter
def masked(address: str) -> str:
    """Return an e-mail address of which only its owner recognises the rest: c•••@nordwind.example."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


@register.simple_tag
def badge(label: str, tone: str = "quiet") -> SafeString:
    """Return a state as icon and word in its tone: colour is never the only sign."""
    return format_html(
        '<span class="badge tone tone-{}">{} {}</span>',
        tone or "quiet",
        icon(TONE_ICONS.get(tone, "circle")),
        label,
    )


@register.simple_tag
def tone_mark(tone: str, label: str, text: str) -> SafeString:
    """Return a tone's icon alone, for narrow places; `label` is spoken, `text` shown on hover."""
    return format_html(
        '<span class="tone-text tone-{}" title="{}">{}</span>', tone, text, icon(TONE_ICONS[tone], label)
    )


@register.simple_tag
def status_badge(item: Any, field: str = "status") -> SafeString:
    """Return the badge of a state column, with the tone that its choices declare."""
    column = item._meta.get_field(field)
    return badge(getattr(item, f"get_{field}_display")(), column.tone(getattr(item, field)))


@register.filter
def markdown(text: str) -> SafeString:
    """Return people's Markdown as clean HTML: no script, style, or foreign address survives."""
    return markdown_module.render(text)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Return mapping[key], or None."""
    return mapping.get(key) if hasattr(mapping, "get") else getattr(mapping, key, None)


@register.inclusion_tag("components/chart.html")
def chart(value: Any) -> dict[str, Any]:
    """Draw a chart with its data table beside it for screen readers."""
    return {"chart": value}


@register.inclusion_tag("components/diagram.html")
def diagram(source: str, title: str) -> dict[str, Any]:
    """Draw a diagram from its text, which stands beside it for who cannot see the picture."""
    return {"diagram": diagrams_module.drawn(source, title=title)}


@register.inclusion_tag("components/figure.html")
def figure(label: str, value: Any, explanation: Any = None, tone: str = "", note: str = "") -> dict[str, Any]:
    """Draw a KPI tile: label, figure, and where it comes from on hover, focus and in print."""
    return {"label": label, "value": value, "explanation": explanation, "tone": tone, "note": note}


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str, href: str = "", action: str = "", icon_name: str = "inbox"
) -> dict[str, str]:
    """Draw an empty state that teaches and offers the next step."""
    return {"title": title, "text": text, "href": href, "action": action, "icon_name": icon_name}


@register.filter
def any_of(items: Iterable[Any]) -> bool:
    """Return whether there is at least one item."""
    return any(True for _ in items)
