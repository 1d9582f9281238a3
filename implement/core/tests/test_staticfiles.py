"""Scripts as production serves them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from django.conf import settings

from implement.core.staticfiles import HashedStaticFiles

NAMED = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


class HashedStaticFilesTests:
    def test_scripts_name_each_other_as_they_are_served(self, tmp_path: Path) -> None:
        shutil.copytree(settings.BASE_DIR / "static" / "js", tmp_path / "js")
        storage = HashedStaticFiles(location=tmp_path, base_url="/static/")
        names = [str(path.relative_to(tmp_path)) for path in tmp_path.glob("js/**/*.js")]
        for _, _, outcome in storage.post_process({name: (storage, name) for name in names}):
            assert not isinstance(outcome, Exception), outcome
        named = {
            (script, name)
            for script in storage.hashed_files.values()
            for name in NAMED.findall((tmp_path / script).read_text())
        }
        assert named
        lacking = {
            (script, name)
            for script, name in named
            if not (tmp_path / script).parent.joinpath(name).is_file()
        }
        assert not lacking
        assert all(re.search(r"\.[0-9a-f]{12}\.js$", name) for _, name in named)
