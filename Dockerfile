# One image for every role; the role is the argument: docker run waxwing start worker
# It runs on DATABASE_URL: the embedded PostgreSQL of `npm start` is left out.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY . .
# No install scripts: they fetch a Node, which this image already is, and the embedded PostgreSQL.
# Optional dependencies are that PostgreSQL and an accelerator for strings in BullMQ.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
LABEL org.opencontainers.image.title="Waxwing" \
      org.opencontainers.image.description="Self-hosted transactional email" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    WAXWING_DATA_DIR=/data \
    WAXWING_HTTP_LISTEN=0.0.0.0:8080 \
    WAXWING_SUBMISSION_LISTEN=0.0.0.0:2587 \
    WAXWING_SUBMISSIONS_LISTEN=0.0.0.0:2465 \
    WAXWING_INBOUND_LISTEN=0.0.0.0:2525 \
    WAXWING_IMAP_LISTEN=0.0.0.0:2143 \
    WAXWING_IMAPS_LISTEN=0.0.0.0:2993 \
    WAXWING_POP3_LISTEN=0.0.0.0:2110 \
    WAXWING_POP3S_LISTEN=0.0.0.0:2995
WORKDIR /app
# Owned by root, so that the process cannot change its own code.
COPY --from=dependencies /app /app
RUN ln -s /app/apps/waxwing/bin/waxwing /usr/local/bin/waxwing \
 && install --directory --owner=node --group=node --mode=0700 /data
USER node
VOLUME /data
EXPOSE 8080 2587 2465 2525 2143 2993 2110 2995
# For `start` and `start api`; docker-compose.yml has one for each of the other roles.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Requests, deliveries and recording get 10 s when the process is told to stop.
STOPSIGNAL SIGTERM
ENTRYPOINT ["waxwing"]
CMD ["start"]
