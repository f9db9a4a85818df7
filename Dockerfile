# Two stages: what builds Longhand does not go into what runs it.
FROM node:22-alpine AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
COPY scripts scripts
COPY src src
# The workspaces hold what only tests and benchmarks need.
RUN npm ci --workspaces=false --ignore-scripts && npm run build && npm prune --workspaces=false --omit=dev --ignore-scripts

FROM node:22-alpine
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/package.json ./
# The file store's default home; a new volume takes its owner from here.
RUN mkdir data && chown node:node data
VOLUME /app/data
USER node
EXPOSE 8080
# Agents alone (the command `agent`) serve nothing: compose.yaml switches it off for them.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD wget -q -O /dev/null "http://127.0.0.1:${PORT:-8080}/health/live"
ENTRYPOINT ["node", "dist/cli.js"]
