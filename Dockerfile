# SPDX-License-Identifier: MIT
# docker build -t gradus . && docker run --rm -v "$PWD:/data" gradus train classify visits.csv
# The image runs on any x86-64-v3 processor (Intel since 2013, AMD since 2015).
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      make g++ libopenblas-dev zlib1g-dev libcli11-dev nlohmann-json3-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /gradus
COPY . .
RUN make install NATIVE=0 DEPS=no PREFIX=/usr DESTDIR=/installed

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      libopenblas0-pthread libgomp1 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /installed/usr/bin/gradus /usr/bin/gradus
WORKDIR /data
ENTRYPOINT ["gradus"]
CMD ["--help"]
