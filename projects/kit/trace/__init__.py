"""The thread through a project: links between requirement, design, task, build and what later rooms attach."""

from projects.kit.trace.coverage import columns_of, in_doubt, reached, rootless, wanted_of
from projects.kit.trace.declaration import (
    ENDS,
    TYPES,
    End,
    LinkType,
    end_of,
    in_order,
    register_type,
    types_of,
)
from projects.kit.trace.following import Followed, followed
from projects.kit.trace.links import (
    MOST_AT_ONCE,
    link_add,
    links_affirm,
    links_remove,
    mark_suspect,
    rows_of,
    text_save,
)
from projects.kit.trace.reading import Linked, LinkedGroup, changed_words, links_of, register_end

__all__ = [
    "ENDS",
    "MOST_AT_ONCE",
    "TYPES",
    "End",
    "Followed",
    "LinkType",
    "Linked",
    "LinkedGroup",
    "changed_words",
    "columns_of",
    "end_of",
    "followed",
    "in_doubt",
    "in_order",
    "link_add",
    "links_affirm",
    "links_of",
    "links_remove",
    "mark_suspect",
    "reached",
    "register_end",
    "register_type",
    "rootless",
    "rows_of",
    "text_save",
    "types_of",
    "wanted_of",
]
