"""The API's shared half: the same door, rows, filters and services as the pages.

One error contract (RFC 9457), cursor pages, ETag with If-Match (a lost update is 412), Idempotency-Key.
"""

from implement.core.rest import (
    PROBLEM_TYPE,
    DeclaredOrderingFilter,
    Pages,
    PreconditionFailed,
    ProblemSerializer,
    etag_of,
    expected_version,
    flatten,
    problem,
    problem_response,
)
from projects.kit.rest.idempotency import KEY_LENGTH, IdempotentPosts
from projects.kit.rest.scope import FirmScope, OwnScope, ProjectScope
from projects.kit.rest.serializers import (
    LARGEST_KEY,
    RowBooleanField,
    RowCharField,
    RowDateField,
    RowDateTimeField,
    RowIntegerField,
    RowLinkField,
    RowSerializer,
)
from projects.kit.rest.viewsets import (
    IDEMPOTENCY,
    IF_MATCH,
    PROJECT,
    FirmModelViewSet,
    NarrowedFilterBackend,
    ProjectModelViewSet,
    ReadOnlyProjectViewSet,
    StepSerializer,
    WorkflowActions,
)

__all__ = [
    "IDEMPOTENCY",
    "IF_MATCH",
    "KEY_LENGTH",
    "LARGEST_KEY",
    "PROBLEM_TYPE",
    "PROJECT",
    "DeclaredOrderingFilter",
    "FirmModelViewSet",
    "FirmScope",
    "IdempotentPosts",
    "NarrowedFilterBackend",
    "OwnScope",
    "Pages",
    "PreconditionFailed",
    "ProblemSerializer",
    "ProjectModelViewSet",
    "ProjectScope",
    "ReadOnlyProjectViewSet",
    "RowBooleanField",
    "RowCharField",
    "RowDateField",
    "RowDateTimeField",
    "RowIntegerField",
    "RowLinkField",
    "RowSerializer",
    "StepSerializer",
    "WorkflowActions",
    "etag_of",
    "expected_version",
    "flatten",
    "problem",
    "problem_response",
]
