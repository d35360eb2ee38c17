# syntax=docker/dockerfile:1

FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libcurl4-openssl-dev libssl-dev libsqlite3-dev libyaml-dev libpcre2-dev zlib1g-dev \
      libbrotli-dev libzstd-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Config ./Config
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --product patchbay --static-swift-stdlib \
 && install -D -s .build/release/patchbay /out/patchbay

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Patchbay" \
      org.opencontainers.image.description="Self-hosted gateway to LLM providers with one OpenAI-compatible interface" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates libbrotli1 libcurl4 libpcre2-8-0 libsqlite3-0 libssl3 libstdc++6 libyaml-0-2 libzstd1 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 patchbay \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/patchbay --shell /usr/sbin/nologin patchbay \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/patchbay
COPY --from=build /out/patchbay /usr/local/bin/patchbay
USER 10001:10001
WORKDIR /var/lib/patchbay
VOLUME /var/lib/patchbay
ENV PATCHBAY_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/usr/local/bin/patchbay", "health"]
ENTRYPOINT ["/usr/local/bin/patchbay"]
CMD ["serve"]
