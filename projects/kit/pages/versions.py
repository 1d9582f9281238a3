"""The page on which any two versions of a row's text are compared."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from implement.core.forms import is_id
from projects.kit.pages.base import PagesView
from projects.kit.texts import Content, Difference


class VersionsPage(PagesView):
    """Every version of a row's text, and what any two say differently, which a room says with `differences`.

    A row has a `key`, a `title` and `versions`; `marks` are its columns that hold a version's number, with the word
    and the tone that stand beside that version.
    """

    marks: tuple[tuple[str, str, str], ...] = (("signed_revision", "Signed", "good"),)

    def differences(self, before: Content, after: Content) -> list[Difference]:
        """Return the fields in which two versions differ, in reading order."""
        raise NotImplementedError

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        versions = list(item.versions.select_related("by"))
        if not versions:
            # Written before versions were kept.
            return self.page("generic/versions.html", {"item": item})
        numbers = {one.number: one for one in versions}
        after = numbers.get(self.said("to"), versions[0])
        before = numbers.get(self.said("from"), numbers.get(after.number - 1, versions[-1]))
        if before.number > after.number:
            before, after = after, before
        for one in versions:
            one.marks = self.marks_of(item, one.number)
        return self.page(
            "generic/versions.html",
            {
                "item": item,
                "versions": versions,
                "before": before,
                "after": after,
                "differences": self.differences(before.content, after.content),
            },
        )

    def marks_of(self, item: Any, number: int) -> list[tuple[str, str]]:
        """Return (word, tone) of what happened on a version."""
        return [(word, tone) for column, word, tone in self.marks if getattr(item, column) == number]

    def said(self, name: str) -> int:
        """Return the version that the address names; 0 for none."""
        value = self.request.GET.get(name, "")
        return int(value) if is_id(value) else 0
