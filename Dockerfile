# Two stages keep the build tools out of the image.
FROM node:22-alpine AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
COPY scripts scripts
COPY src src
# The workspaces contain the dependencies of tests and benchmarks.
RUN npm ci --workspaces=false --ignore-scripts && npm run build && npm prune --workspaces=false --omit=dev --ignore-scripts

FROM node:22-alpine
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/package.json ./
# The default folder of the file store. A new volume inherits its owner.
RUN mkdir data && chown node:node data
VOLUME /app/data
USER node
EXPOSE 8080
# compose.yaml disables the check for containers that run `agent`, which has no server.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD wget -q -O /dev/null "http://127.0.0.1:${PORT:-8080}/health/live"
ENTRYPOINT ["node", "dist/cli.js"]
