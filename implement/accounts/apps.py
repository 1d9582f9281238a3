from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who signs in: users, second factor, invitations, API tokens."""

    name = "implement.accounts"
    label = "accounts"
