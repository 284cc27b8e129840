# docker-compose.yml builds and runs it; `docker build -t ridewire .` builds it alone.
# apps/realtime/test/deployment/image.deployment-spec.ts runs its steps without a container engine.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What only compilers and people read is two thirds of the packages.
RUN rm -rf node_modules/typescript node_modules/.bin
# The same for browsers.
RUN rm -rf node_modules/rxjs/dist/bundles node_modules/rxjs/dist/esm node_modules/rxjs/dist/esm5 node_modules/libphonenumber-js/bundle node_modules/swagger-ui-dist/swagger-ui-es-bundle.js node_modules/swagger-ui-dist/swagger-ui-es-bundle-core.js
# Names of attributes that nothing here uses, and a second format of the SDK of traces.
RUN rm -rf node_modules/@opentelemetry/semantic-conventions/dist/experimental* node_modules/@opentelemetry/semantic-conventions/dist/index-incubating* && find node_modules/@opentelemetry -path node_modules/@opentelemetry/api -prune -o -name '*.cjs' -type f -exec rm {} +
RUN find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) -delete

# Its output is the same for every processor, so it runs on that of the machine that builds.
FROM --platform=$BUILDPLATFORM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN node scripts/run.mjs build

# The system that the Node image stands on, without npm, yarn and the headers of Node.
FROM debian:12.12-slim
WORKDIR /app
ENV NODE_ENV=production METRICS_PORT=9464
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
RUN node --version
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist/libs ./dist/libs
COPY --from=build /app/dist/apps/realtime ./dist/apps/realtime
COPY --from=build /app/apps/dashboard/dist ./apps/dashboard/dist
COPY package.json LICENSE ./
COPY scripts/container ./scripts/container
COPY scripts/process/instance-flags.mjs ./scripts/process/
USER 10001:10001
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "scripts/container/health.mjs"]
CMD ["node", "scripts/container/start.mjs"]
