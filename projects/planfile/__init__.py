"""A project's plan as the values of a Microsoft Project file (projects.mspdi), and what the format cannot hold.

Numbers: a task that came from a file keeps the number it has there; the others get free ones, and a field of
their own by which an import into the same project knows them again. Nothing is written to find them.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.http import StreamingHttpResponse

from projects import mspdi
from projects.kit.access import Entry
from projects.kit.exports import in_pieces
from projects.models import Project
from projects.planfile.numbering import ROUND_THE_CLOCK, baseline_name
from projects.planfile.plan import PlanFile

__all__ = ["ROUND_THE_CLOCK", "XML", "baseline_name", "plan_file", "plan_file_response"]

XML = "application/xml"


def plan_file(*, project: Project, with_cost: bool) -> Iterator[bytes]:
    """Return the plan as a Microsoft Project XML file, in pieces. Cost is in it only `with_cost`."""
    return mspdi.write(PlanFile(project, with_cost=with_cost).values())


def plan_file_response(entry: Entry) -> StreamingHttpResponse:
    """Return the plan as a download, with cost for who may see it."""
    pieces = plan_file(project=entry.project, with_cost=entry.can("cost.view"))
    response = StreamingHttpResponse(in_pieces(pieces), content_type=XML)
    response["Content-Disposition"] = f'attachment; filename="{entry.project.code}-plan.xml"'
    return response
