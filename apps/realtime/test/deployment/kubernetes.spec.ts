import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { environmentSchema, parseEnvironment } from '#libs/config';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const K8S = path.join(ROOT, 'k8s');
const read = (file: string) => readFileSync(path.join(K8S, file), 'utf8');

interface Container {
  name: string;
  env: { name: string }[];
  ports: { name: string; containerPort: number }[];
  lifecycle: { preStop: { sleep: { seconds: number } } };
  startupProbe: { httpGet: { path: string; port: string } };
  livenessProbe: { httpGet: { path: string; port: string } };
  readinessProbe: { httpGet: { path: string; port: string } };
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
}
interface Deployment {
  spec: {
    strategy: { type: string };
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        enableServiceLinks: boolean;
        terminationGracePeriodSeconds: number;
        containers: [Container];
      };
    };
  };
}

const manifests = readdirSync(K8S, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(read(file)).map((each) => each.toJS() as Manifest));
const deployment = parse(read('base/deployment.yaml')) as Deployment;
const [container] = deployment.spec.template.spec.containers;
const settings = (parse(read('base/settings.yaml')) as Manifest).data!;

describe('k8s/', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-k8s-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const check = (...folder: string[]) =>
    spawnSync(
      process.execPath,
      [path.join(ROOT, 'scripts/deployment/check-kubernetes.mjs'), ...folder],
      { encoding: 'utf8' },
    );

  it('[KUBE1] the check names every unknown, missing and wrong field, and finds none in ours', () => {
    expect(check()).toMatchObject({ status: 0, stdout: '' });
    cpSync(K8S, directory, { recursive: true });
    const spoil = (file: string, ...changes: [from: string, to: string][]) => {
      let text = read(file);
      for (const [from, to] of changes) {
        expect(text, file).toContain(from);
        text = text.replace(from, to);
      }
      writeFileSync(path.join(directory, file), text);
    };
    spoil(
      'base/deployment.yaml',
      ['readinessProbe', 'readynessProbe'],
      ['periodSeconds: 2', 'periodSeconds: two'],
    );
    spoil('base/autoscaler.yaml', ['minReplicas', 'minReplicaz']);
    spoil('components/ingress-nginx/ingress.yaml', ['pathType', 'pathtype']);
    spoil('overlays/production/settings.yaml', ['\ndata:', '\ndataz:']);
    spoil('components/gateway-api/route.yaml', ['PathPrefix', 'PathPrefx']);
    spoil('base/kustomization.yaml', ['  - service.yaml\n', '']);
    spoil('overlays/development/kustomization.yaml', ['files: [redis.conf]', 'files: [redis.cnf]']);
    const { status, stdout } = check(directory);
    expect(status).toBe(1);
    expect(stdout.trim().split('\n').toSorted()).toEqual([
      'base/autoscaler.yaml: HorizontalPodAutoscaler ridewire: spec.minReplicaz is no field',
      'base/deployment.yaml: Deployment ridewire: spec.template.spec.containers[0].readynessProbe is no field',
      'base/deployment.yaml: Deployment ridewire: spec.template.spec.containers[0].startupProbe.periodSeconds is "two" and must be number',
      'base/service.yaml: no kustomization names it',
      'components/gateway-api/route.yaml: HTTPRoute ridewire: spec.rules[0].matches[0].path.type is "PathPrefx" and must be "Exact" or "PathPrefix"',
      'components/ingress-nginx/ingress.yaml: Ingress ridewire: spec.rules[0].http.paths[0].pathType is missing',
      'components/ingress-nginx/ingress.yaml: Ingress ridewire: spec.rules[0].http.paths[0].pathtype is no field',
      'overlays/development/kustomization.yaml: names overlays/development/redis.cnf, which is not there',
      'overlays/production/settings.yaml: ConfigMap ridewire-settings: dataz is no field',
    ]);
  });

  it('[KUBE2] every variable that is named exists, and together they are a right configuration', () => {
    const named = [
      ...manifests
        .filter(
          ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('ridewire'),
        )
        .flatMap(({ data }) => Object.keys(data!)),
      ...container.env.map(({ name }) => name),
    ];
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(environmentSchema.shape).toHaveProperty(name);
    const production = (parse(read('overlays/production/settings.yaml')) as Manifest).data!;
    const secrets = {
      REDIS_URL: 'rediss://:secret@redis.example.com:6379',
      JWT_ACCESS_SECRET: 'a secret of thirty-two characters!',
      JWT_REFRESH_SECRET: 'another secret of 32 characters...',
    };
    const { PORT, METRICS_PORT } = parseEnvironment({ ...settings, ...production, ...secrets });
    expect(container.ports).toEqual([
      { name: 'http', containerPort: PORT },
      { name: 'metrics', containerPort: METRICS_PORT },
    ]);
  });

  it.each(['redis-cluster', 'redis-sentinel'])(
    '[KUBE2] the overlay %s makes a right configuration with the addresses that it names',
    (overlay) => {
      const own = (parse(read(`overlays/${overlay}/settings.yaml`)) as Manifest).data!;
      const [, addresses] = /^#.*?(rediss?:\/\/\S+?)[;\s]/ms.exec(
        read(`overlays/${overlay}/kustomization.yaml`),
      )!;
      const environment = parseEnvironment({
        ...settings,
        ...own,
        REDIS_URL: addresses,
        JWT_ACCESS_SECRET: 'a secret of thirty-two characters!',
        JWT_REFRESH_SECRET: 'another secret of 32 characters...',
      });
      expect(`redis-${environment.REDIS_MODE}`).toBe(overlay);
    },
  );

  it('[KUBE3] a pod has time to drain, and is asked where it answers', () => {
    const { DRAIN_PERIOD, WS_REQUEST_DEADLINE, WEBHOOK_TIMEOUT } = parseEnvironment({
      ...settings,
      REDIS_URL: 'redis://redis',
      JWT_ACCESS_SECRET: 'a secret of thirty-two characters!',
      JWT_REFRESH_SECRET: 'another secret of 32 characters...',
    });
    const drainMs = Math.max(DRAIN_PERIOD + WS_REQUEST_DEADLINE, WEBHOOK_TIMEOUT) + 5_000;
    expect(deployment.spec.template.spec.terminationGracePeriodSeconds).toBe(
      container.lifecycle.preStop.sleep.seconds + drainMs / 1_000,
    );
    for (const { httpGet } of [
      container.startupProbe,
      container.livenessProbe,
      container.readinessProbe,
    ]) {
      expect(httpGet.port).toBe('http');
      expect(httpGet.path).toMatch(/^\/health\/(?:live|ready|startup)$/);
    }
  });

  it('[KUBE3] pods are replaced one by one, and all at once where an overlay names the component for it', () => {
    expect(deployment.spec.strategy.type).toBe('RollingUpdate');
    const patch = parse(read('components/all-at-once/replace-all.yaml')) as Deployment;
    // Kubernetes refuses the one beside the settings of the other.
    expect(patch.spec).toEqual({ strategy: { type: 'Recreate', rollingUpdate: null } });
  });

  it('[KUBE3] variables and labels that a cluster adds do not replace ours', () => {
    const pods = ['base/deployment.yaml', 'overlays/development/redis.yaml'].flatMap((file) =>
      parseAllDocuments(read(file)).map((each) => each.toJS() as Deployment),
    );
    for (const { spec } of pods.filter((each) => 'template' in each.spec))
      expect(spec.template.spec.enableServiceLinks).toBe(false);
    // Labels of its own that ours are called like: the namespace of a pod, the name of its port.
    const { spec } = parse(read('components/prometheus-operator/monitor.yaml')) as {
      spec: { endpoints: { honorLabels?: boolean }[] };
    };
    expect(spec.endpoints).toMatchObject([{ honorLabels: true }]);
  });

  it('[KUBE3] pods reach names, Redis, webhooks and a collector of traces wherever these are', () => {
    const { spec } = parse(read('base/network-policy.yaml')) as {
      spec: { egress: { to?: unknown; ports: { port: number | string; protocol: string }[] }[] };
    };
    const anywhere = spec.egress.filter(({ to }) => to === undefined).flatMap((each) => each.ports);
    expect(anywhere.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
      '53/UDP',
      '53/TCP',
      '6379/TCP',
      '443/TCP',
      '4318/TCP',
    ]);
  });

  it('[KUBE3] only a component asks the autoscaler for what an adapter has to hand on', () => {
    interface Autoscaler {
      spec: { metrics: { type: string }[] };
    }
    const base = (parse(read('base/autoscaler.yaml')) as Autoscaler).spec.metrics;
    expect(base.map(({ type }) => type)).toEqual(['Resource']);
    const { metrics } = (
      parse(read('components/connection-autoscaling/connections.yaml')) as Autoscaler
    ).spec;
    // It replaces the list.
    expect(metrics).toEqual([...base, expect.objectContaining({ type: 'Pods' })]);
  });

  it('[KUBE3] selectors meet the pods, copies are those of deploy/, and timeouts exceed the pings', () => {
    const { labels } = deployment.spec.template.metadata;
    const selecting = [
      deployment.spec.selector.matchLabels,
      (parse(read('base/service.yaml')) as { spec: { selector: object } }).spec.selector,
      ...['base/disruption-budget.yaml', 'components/prometheus-operator/monitor.yaml'].map(
        (file) => (parse(read(file)) as Deployment).spec.selector.matchLabels,
      ),
    ];
    for (const selector of selecting) expect(labels).toMatchObject(selector);

    const alerts = parse(
      readFileSync(path.join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8'),
    ) as object;
    const rules = parse(read('components/prometheus-operator/rules.yaml')) as { spec: object };
    expect(rules.spec).toEqual(alerts);
    const withoutComment = (text: string) => text.split('\n').slice(1);
    expect(withoutComment(read('overlays/development/redis.conf'))).toEqual(
      withoutComment(readFileSync(path.join(ROOT, 'deploy/redis/redis.conf'), 'utf8')),
    );

    const { annotations } = (
      parse(read('components/ingress-nginx/ingress.yaml')) as {
        metadata: { annotations: Record<string, string> };
      }
    ).metadata;
    const { WS_PING_INTERVAL, WS_PING_TIMEOUT } = environmentSchema.parse({
      REDIS_URL: 'redis://redis',
    });
    for (const name of ['proxy-read-timeout', 'proxy-send-timeout']) {
      const seconds = Number(annotations[`nginx.ingress.kubernetes.io/${name}`]);
      expect(seconds * 1_000, name).toBeGreaterThan(WS_PING_INTERVAL + WS_PING_TIMEOUT);
    }
  });
});
