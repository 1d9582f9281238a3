"""`makemessages` that also finds the words in the house's own declarations."""

from __future__ import annotations

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Event(name, verb), Figure(label, formula) and the short names of gettext's markers hold words too."""

    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=noop",
        "--keyword=lazy",
        "--keyword=Event:2",
        "--keyword=Figure:1",
        "--keyword=Figure:2",
    ]
