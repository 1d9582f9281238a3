"""Build items on the thread: what they implement."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as noop

from projects.builds.choices import DONE
from projects.builds.models import BuildItem
from projects.kit import trace
from projects.kit.trace import End, LinkType

trace.register_end(
    End(
        kind="build",
        model=BuildItem,
        label="Build item",
        plural=noop("Build"),
        place="builditem_detail",
        permission="builds.view",
        order=40,
        is_shared=True,
        revision="revision",
        text=("title", "kind", "description"),
        makes=True,
        done=Q(status__in=DONE),
        search=("title", "description"),
    )
)
trace.register_type(
    LinkType("realises", "build", "design", "realises", "is realised by"),
    LinkType("implements", "build", "requirement", "implements", "is implemented by"),
)
