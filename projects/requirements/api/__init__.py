"""Requirements over the API: what is needed, the roadmap, and the thread to the build."""

from projects.requirements.api import requirements, roadmap, thread

ROUTES = [*requirements.ROUTES, *roadmap.ROUTES, *thread.ROUTES]
