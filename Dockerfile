# Yidi in one image: every seat and every command by `yidi`. A build needs the base image and a package registry, no more.
#
#   docker build -t yidi .
#
# BASE_IMAGE is any image with glibc and Python ≥ 3.11 with its venv module; nothing is compiled, so it needs no compiler.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS build
WORKDIR /build
RUN python3 -m venv tools && python3 -m venv --without-pip /opt/yidi
# What changes seldom comes first: a change of the code repeats only the steps below it.
COPY requirements.build.lock requirements.image.lock ./
RUN tools/bin/pip install --quiet --no-cache-dir --require-hashes --only-binary :all: -r requirements.build.lock \
 && tools/bin/pip --python /opt/yidi/bin/python install --quiet --no-cache-dir --require-hashes --only-binary :all: \
        --no-deps -r requirements.image.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY examples/encounters examples/encounters
COPY services services
# The label below must not tell another version than the program does.
ARG VERSION=0.1.0
RUN tools/bin/hatchling build --target wheel > /dev/null \
 && tools/bin/pip --python /opt/yidi/bin/python install --quiet --no-cache-dir --no-deps dist/*.whl \
 && test "$(/opt/yidi/bin/yidi --version)" = "yidi ${VERSION}"

FROM ${BASE_IMAGE}
COPY --from=build /opt/yidi /opt/yidi
ENV PATH=/opt/yidi/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 YIDI_DATA_DIR=/var/lib/yidi
# The example bills lie where they lie in the repository, so that the same commands work.
RUN useradd --uid 10001 --create-home yidi \
 && install -d -o yidi -g yidi "$YIDI_DATA_DIR" \
 && ln -s "$(python -c 'import importlib.resources as r; print(r.files("yidi"))')/examples" /home/yidi/examples
USER yidi
WORKDIR /home/yidi
VOLUME ["/var/lib/yidi"]

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="yidi" \
      org.opencontainers.image.description="The national cross-region settlement chain, simulated" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"

# Healthy means progress: the seat in this container has nothing waiting for longer than its limit.
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 CMD ["yidi", "health"]
ENTRYPOINT ["yidi"]
CMD ["--help"]
