# The daemon as an image. State lives in /state, configuration in /config; see docs/deploying.md.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production COSELL_SYNC_CONFIG=/config/cosell-sync.yaml
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/config ./config
RUN ln -s /app/dist/bin.js /usr/local/bin/cosell-sync && chmod +x dist/bin.js \
  && install -d -o node -g node -m 0700 /state
USER node
VOLUME /state
EXPOSE 8787
# Node takes no signals as the first process unless it handles them itself, which `start` does.
ENTRYPOINT ["cosell-sync"]
CMD ["start"]
HEALTHCHECK --interval=60s --timeout=10s --start-period=10m --retries=3 CMD ["cosell-sync", "health", "--quiet"]
