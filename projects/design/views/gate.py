"""The page of the gate."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from projects.design.presenting import gate_tiles
from projects.design.selectors.gate import coverage_of, gate_of
from projects.design.views.tabs import tabs_of
from projects.kit.pages import ProjectView

PER_PAGE = 50


class GateView(ProjectView):
    """Whether the design is ready to be built from, with exactly what is missing."""

    permission = "design.view"
    room = "design"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        gate = gate_of(project=self.project)
        only_open = "all" not in request.GET
        halves = [
            ("musts", "Must requirements", "Each has an approved design element that satisfies it.", gate.musts),
            ("qualities", "Qualities", "Each has a target that can be measured, and a planned test.", gate.qualities),
        ]  # fmt: skip
        context = {
            "gate": gate,
            "only_open": only_open,
            "tiles": gate_tiles(coverage_of(project=self.project)),
            "halves": [
                {
                    "key": key,
                    "title": title,
                    "words": words,
                    "total": len(lines),
                    "met": sum(line.is_met for line in lines),
                    "page": Paginator(
                        [line for line in lines if not (only_open and line.is_met)], PER_PAGE
                    ).get_page(request.GET.get(key)),
                }
                for key, title, words, lines in halves
            ],
            "tabs": tabs_of(self.entry, "gate"),
        }
        return self.page("design/gate.html", context)
