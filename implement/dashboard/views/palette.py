"""The command palette: what this person may open, by its key or a few letters."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.views import View

from implement.accounts.models import User
from implement.core.errors import NotAllowed
from implement.dashboard.selectors import WORKSPACE, face_of
from projects.kit import search
from projects.kit.access import enter, visible_projects
from projects.kit.places import PLACES
from projects.models import JournalEntry

LIMIT = 7
RECENT, RECENT_ENTRIES = 5, 60
GONE = {"trashed", "deleted"}


@dataclass(frozen=True)
class Item:
    """A line of the palette."""

    label: str
    url: str
    icon: str
    hint: str = ""


class PaletteView(View):
    """Projects, pages, and what the rooms have by key or words, filtered by access in the query."""

    def get(self, request: HttpRequest) -> JsonResponse:
        words = request.GET.get("q", "").replace("\x00", "")[:100].split()[:6]
        user: User = request.user  # type: ignore[assignment]
        code = request.GET.get("project", "")[:20]
        groups = [
            ("This project", [item for item in places_of(user, code) if matches(item, words)]),
            ("Recent", [] if words else recent_of(user)),
            ("Projects", projects_of(user, words)),
            *(found_of(user, words, code) if words else []),
            ("Pages", [item for item in pages_of(user) if matches(item, words)]),
        ]
        return JsonResponse(
            {
                "groups": [
                    {"title": title, "items": [asdict(item) for item in items[:LIMIT]]}
                    for title, items in groups
                    if items
                ]
            }
        )


def matches(item: Item, words: list[str]) -> bool:
    """Return whether a line holds every word."""
    text = f"{item.label} {item.hint}".lower()
    return all(word.lower() in text for word in words)


def holding(words: list[str], *fields: str) -> Q:
    """Return the condition that each word is in one of the fields."""
    found = Q()
    for word in words:
        either = Q()
        for field in fields:
            either |= Q(**{f"{field}__icontains": word})
        found &= either
    return found


def projects_of(user: User, words: list[str]) -> list[Item]:
    """Return projects of the workspace, and of the portal for who is a customer there."""
    condition = holding(words, "name", "code", "customer__name")
    team = visible_projects(user).filter(condition).select_related("customer")[:LIMIT]
    items = [Item(row.name, row.get_absolute_url(), "briefcase", row.customer.name) for row in team]
    guest = visible_projects(user, permission="portal.view").filter(condition)[:LIMIT]
    return items + [Item(row.name, reverse("portal_project", args=[row.code]), "briefcase") for row in guest]


def found_of(user: User, words: list[str], code: str) -> list[tuple[str, list[Item]]]:
    """Return the rooms' rows that hold every word, kind by kind, those of the open project first."""
    return [
        (kind.label, [Item(hit.label, hit.url, kind.icon, hit.project) for hit in hits])
        for kind, hits in search.found(user=user, words=words, code=code, limit=LIMIT)
    ]


def recent_of(user: User) -> list[Item]:
    """Return what this person changed last and may still open, newest first; read from the journal."""
    entries = (
        JournalEntry.objects.filter(actor=user, project__in=visible_projects(user))
        .select_related("project")
        .order_by("-at", "-pk")[:RECENT_ENTRIES]
    )
    found: dict[tuple[str, str], Item | None] = {}
    for entry in entries:
        model = entry.target_type.rpartition(".")[2]
        verb = entry.action.rpartition(".")[2]
        try:
            url = reverse(f"{model}_detail", kwargs={"project": entry.project.code, "pk": entry.target_id})  # type: ignore[union-attr]
        except NoReverseMatch:
            continue
        # The latest word counts: what was thrown away leads nowhere.
        item = Item(entry.target_label, url, "history", entry.project.name)  # type: ignore[union-attr]
        found.setdefault((model, entry.target_id), None if verb in GONE else item)
    return [item for item in found.values() if item is not None][:RECENT]


def places_of(user: User, code: str) -> list[Item]:
    """Return the rail's places of the project that is open."""
    try:
        entry = enter(user, code, "project.view")
    except (Http404, NotAllowed):
        return []
    return [
        Item(place.label, reverse(place.url_name, args=[code]), place.icon, entry.project.name)
        for place in sorted(PLACES.values(), key=lambda place: place.order)
        if entry.can(place.permission)
    ]


def pages_of(user: User) -> list[Item]:
    """Return the pages outside any project."""
    items = [Item("Account and security", reverse("account"), "user-circle"),
             Item("Notifications", reverse("notifications"), "bell"),
             Item("Saved views", reverse("saved_views"), "bookmark")]  # fmt: skip
    if face_of(user) == WORKSPACE:
        items = [
            Item("Portfolio", reverse("home"), "layout-dashboard"),
            Item("My time this week", reverse("timesheet"), "clock"),
            Item("Log time", reverse("log_time"), "clock-plus"),
            *items,
        ]
    if user.is_administrator:
        items += [
            Item("Customers", reverse("customer_list"), "building"),
            Item("People", reverse("person_list"), "address-book"),
            Item("New project", reverse("project_add"), "plus"),
        ]
    return items
