"""How production serves styles and scripts: each under a name that says its content, and under no other."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage as Hashed


class HashedStaticFiles(Hashed):
    """Our own scripts name each other by these names, too.

    Else a module asks for `./plan/chart.js`, which is not served, and everything that waits for it stays undone.
    """

    patterns = (*Hashed.patterns, ("js/*.js", Hashed._js_module_import_aggregation_patterns[1]))
