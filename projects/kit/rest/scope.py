"""How a request of the API enters: a project by the one door, the firm, or one's own things."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import exceptions
from rest_framework.request import Request

from implement.core.errors import NotAllowed
from projects.kit.access import Entry, enter, require_firm
from projects.kit.rest.idempotency import IdempotentPosts


class DeclaredPermissions:
    """Identity and throttling first, then the door; `permissions` maps an action (or method) to its grant."""

    permissions: ClassVar[dict[str, str]] = {}
    room: ClassVar[str] = ""

    def permission_of(self, action_name: str | None) -> str:
        """Return the grant for an action: declared, or the room's view or change."""
        declared = self.permissions.get(action_name or "")
        if declared or not self.room:
            # An action that declares none, in no room, is nobody's.
            return declared or "nobody.may"
        return f"{self.room}.view" if action_name in {"list", "retrieve"} else f"{self.room}.change"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.perform_authentication(request)  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        # A viewset's action is None for a method that it has not; a plain view is asked by its method.
        name = getattr(self, "action", (request.method or "").lower())
        if name in {"options", "metadata"}:
            # What may be sent where is told to whoever may read there.
            name = "list"
        if name is not None:
            self.knock(request, self.permission_of(name), kwargs)
        super().initial(request, *args, **kwargs)  # type: ignore[misc]

    def knock(self, request: Request, permission: str, kwargs: dict[str, Any]) -> None:
        """Ask the door; raise Http404 or NotAllowed."""
        raise NotImplementedError


class ProjectScope(DeclaredPermissions, IdempotentPosts):
    """A view below /projects/{project}/: enters by the one door with the action's permission."""

    entry: Entry

    def knock(self, request: Request, permission: str, kwargs: dict[str, Any]) -> None:
        self.entry = enter(request.user, kwargs["project"], permission)


class FirmScope(DeclaredPermissions, IdempotentPosts):
    """A view of the whole firm, for administrators."""

    room = "firm"

    def permission_of(self, action_name: str | None) -> str:
        # There is one grant for the firm's lists; a token still needs it to write.
        return self.permissions.get(action_name or "", "firm.change")

    def knock(self, request: Request, permission: str, kwargs: dict[str, Any]) -> None:
        require_firm(request.user, permission)


class OwnScope(DeclaredPermissions):
    """A view of the signed-in person's own things; a token needs the scope, a person nothing more.

    Without Idempotency-Key, whose stored answers must never hold a secret.
    """

    def knock(self, request: Request, permission: str, kwargs: dict[str, Any]) -> None:
        token = request.user.token
        if token is not None and not token.allows(permission):
            raise NotAllowed("The token's scopes do not allow this.")
