"""Requirements over the API: what is needed, and the roadmap."""

from projects.requirements.api import requirements, roadmap

ROUTES = [*requirements.ROUTES, *roadmap.ROUTES]
