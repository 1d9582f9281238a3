"""Users, their invitations and their API tokens. Who may see which project is said elsewhere."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from implement.core.zones import validate_time_zone

READ_VERBS = frozenset({"view", "view_all", "export", "download"})


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password the account waits for its invitation to be accepted."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an administrator (called by `manage.py createsuperuser`)."""
        return self.create_user(email, password, is_administrator=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who signs in, of the firm or of a customer."""

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(
        default=False, help_text="Sees and may change everything, in every project."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    # The API token this user came in with, if any; its scopes narrow what the user may do.
    token: ApiToken | None = None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["full_name", "pk"]

    def __str__(self) -> str:
        return self.full_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    @cached_property
    def initials(self) -> str:
        """Return one or two letters for the avatar."""
        words = str(self).split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Invitation(models.Model):
    """A person was asked by e-mail to choose a password; the link is signed, expires and works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Invitation of {self.user}"

    @property
    def is_open(self) -> bool:
        """Return whether the link still works."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


def token_digest(secret: str) -> str:
    """Return the SHA-256 of a secret: secrets of 256 random bits need no salt or slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def validate_scopes(scopes: list[str]) -> None:
    """Raise ValidationError unless each scope is read, write, read:room or write:room."""
    for scope in scopes:
        verb, _, room = str(scope).partition(":")
        if verb not in {"read", "write"} or (":" in str(scope) and not room.isidentifier()):
            raise ValidationError(f"“{scope}” is not a scope: write read, write, read:time or write:time.")


class ApiToken(models.Model):
    """A key for an integration: shown once, stored as a digest, with scopes and an end."""

    PREFIX = "imp_"

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, validators=[validate_scopes])
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @classmethod
    def issue(cls, *, user: User, name: str, scopes: list[str], expires_at: datetime) -> tuple[ApiToken, str]:
        """Create a token and return it with its secret, which cannot be read again."""
        validate_scopes(scopes)
        secret = cls.PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user,
            name=name,
            scopes=scopes,
            expires_at=expires_at,
            digest=token_digest(secret),
            hint=secret[:8],
        )
        return token, secret

    @property
    def is_usable(self) -> bool:
        """Return whether the token still opens the API."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.user.is_active

    def allows(self, permission: str) -> bool:
        """Return whether the scopes cover a permission such as "time.change"."""
        room, _, verb = permission.partition(".")
        scopes = set(self.scopes)
        writes = {"write", f"write:{room}"} & scopes
        return bool(writes or (verb in READ_VERBS and {"read", f"read:{room}"} & scopes))
