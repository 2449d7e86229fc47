# syntax=docker/dockerfile:1
# One image for worker, beat, Flower and the API; docker-compose.yml says which it is to be.

FROM python:3.13-slim AS install
WORKDIR /build
# Every wheel is compared with its hash in the lock, which holds the tools of development too. They stay in this stage.
COPY requirements.lock ./
RUN pip download --no-cache-dir --require-hashes --no-deps --only-binary=:all: --requirement requirements.lock --dest /wheels
# What of them detente's workers need, and nothing from anywhere else: one version of each is there to choose from.
COPY pyproject.toml README.md LICENSE ./
COPY detente detente
RUN python -m venv --without-pip /opt/detente \
 && pip --python /opt/detente/bin/python install --no-cache-dir --no-index --find-links /wheels ".[worker,web,cli]"

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin detente \
 && install --directory --owner=detente --group=detente --mode=700 /data
COPY --from=install /opt/detente /opt/detente
WORKDIR /app
COPY tasks tasks
COPY worker worker
# The file system is read-only when it runs.
RUN python -m compileall -q tasks worker
ENV PATH=/opt/detente/bin:$PATH PYTHONUNBUFFERED=1 DETENTE_DATA=/data HOME=/tmp
USER detente
VOLUME /data
CMD ["python", "-m", "worker", "worker"]
