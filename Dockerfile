# One image for all parts: `serve` (everything on one machine), or `api`, `worker` and `scheduler` apart.
# It runs as a user without rights, on a root that may be read-only; only the home and /tmp are written to.

FROM debian:bookworm-slim AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /usr/local/uv && /usr/local/uv/bin/pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE NOTICE ./
COPY preservation ./preservation
COPY workers ./workers
COPY migrations ./migrations
COPY policies ./policies
RUN UV_PROJECT_ENVIRONMENT=/usr/lib/preservation UV_PYTHON_DOWNLOADS=never \
    /usr/local/uv/bin/uv sync --frozen --no-cache --no-dev --no-editable --compile-bytecode \
    --extra redis --extra tracing --python /usr/bin/python3

FROM debian:bookworm-slim
# What examines and converts files, and the fence around it. `--build-arg TOOLS=bubblewrap` makes an image of a fifth of the
# size; `preservation doctor` names what is not there and what the repository then does without it.
ARG TOOLS="bubblewrap clamav clamav-daemon ffmpeg flac fonts-dejavu-core fonts-liberation2 ghostscript mediaconch \
    libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui libimage-exiftool-perl libtiff-tools libvips-tools \
    libemail-outlook-message-perl epubcheck 7zip"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 $TOOLS \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 preservation \
    && useradd --system --uid 10001 --gid 10001 --home-dir /srv/preservation --shell /usr/sbin/nologin preservation \
    && install --directory --owner 10001 --group 10001 --mode 0750 /srv/preservation
COPY --from=build /usr/lib/preservation /usr/lib/preservation
ENV PATH=/usr/lib/preservation/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PRESERVATION_HOME=/srv/preservation \
    PRESERVATION_LOG_FORMAT=json \
    PRESERVATION_API_HOST=0.0.0.0
USER 10001:10001
WORKDIR /srv/preservation
VOLUME /srv/preservation
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/health/live', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["preservation"]
CMD ["serve"]
