"""Loaded by pytest before anything else: tests never touch a person's own data or settings."""

import os
import tempfile

os.environ["IMPLEMENT_ENV"] = "test"
os.environ.setdefault("IMPLEMENT_DATA_DIR", tempfile.mkdtemp(prefix="implement-test-"))
