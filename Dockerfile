# syntax=docker/dockerfile:1
# One image for web, worker, beat and migrate; compose.yaml says which command runs where.

FROM node:22-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.11-slim-bookworm AS python
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt constraints.txt ./
# The S3 storage is installed for everybody: it loads only when MEDIA_S3_BUCKET is set.
RUN /venv/bin/pip install -r requirements.txt "django-storages[s3]==1.14.6" -c constraints.txt

FROM python:3.11-slim-bookworm
# Pango draws the PDFs, Graphviz the diagrams; the client programs of PostgreSQL serve `backup` and `restore`.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 graphviz postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin implement \
    && install -d -o implement -g implement /data /tmp/metrics
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    IMPLEMENT_ENV=production \
    IMPLEMENT_BOOTSTRAP=0 \
    IMPLEMENT_DATA_DIR=/data \
    PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
WORKDIR /app
COPY --from=python /venv /venv
COPY . .
# The values only satisfy the settings: collectstatic connects to nothing and none of them stays in the image.
RUN --mount=type=bind,from=assets,source=/app/node_modules,target=/app/node_modules \
    python -c "import runpy; runpy.run_path('implement/bootstrap.py')['write_assets']()" \
    && IMPLEMENT_DATA_DIR=/tmp/build SECRET_KEY=build-only ALLOWED_HOSTS=build PUBLIC_URL=https://build \
       DATABASE_URL=postgres://build/build REDIS_URL=redis://build \
       python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build
USER implement
VOLUME /data
EXPOSE 8000
# --max-requests: a worker starts afresh now and then, so that a leak cannot grow.
CMD ["gunicorn", "implement.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "30", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
