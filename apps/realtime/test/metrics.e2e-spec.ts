import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SessionsService } from '#libs/auth';
import { SessionEndReason, type TripView } from '#libs/contracts';
import { Metrics } from '#libs/observability';
import { until } from '#libs/testing';
import { findProgram } from '../../../scripts/programs.mjs';
import { MetricsServer } from '../src/http/metrics-server.js';
import { enterChat, join, say } from './chat-scene.js';
import { TestCluster } from './cluster.js';
import { readDocument } from './markdown.js';
import { driverNear, TRIP_REQUEST } from './ride-people.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const deploy = (file: string) => path.join(ROOT, 'deploy', file);
const ALERTS = deploy('prometheus/alerts.yml');

interface Rule {
  alert: string;
  expr: string;
  annotations: { runbook: string };
}
const alerts = (parse(readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] }).groups //
  .flatMap(({ rules }) => rules);

const dashboard = JSON.parse(readFileSync(deploy('grafana/dashboards/ridewire.json'), 'utf8')) as {
  panels: { title: string; targets?: { expr: string }[] }[];
  templating: { list: { query: { query: string } }[] };
};
const panelExpressions = dashboard.panels
  .flatMap(({ targets }) => targets ?? []) //
  .map(({ expr }) => expr);

const TRAFFIC = ['positions', 'trips', 'offers', 'chat'];
const delayCount = (traffic: string) => `ridewire_delivery_delay_seconds_count{class="${traffic}"}`;

/** Lines of Prometheus' text as their series and value. */
function seriesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

async function promtool(args: string[], input = '') {
  const { command, env } = await findProgram('promtool');
  return spawnSync(command, args, { env, input, encoding: 'utf8', cwd: deploy('prometheus') });
}

describe('the metrics of an instance', () => {
  let cluster: TestCluster;
  const ids: string[] = [];
  let refusalCode = '';
  let text = '';
  let series: Map<string, number>;

  const urlOf = (instance: number): string => {
    const { port } = cluster.instances[instance]!.app.get(MetricsServer, { strict: false });
    return `http://127.0.0.1:${port}`;
  };
  const scrape = async (instance: number): Promise<string> => {
    const answer = await fetch(`${urlOf(instance)}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    return answer.text();
  };

  beforeAll(async () => {
    cluster = await TestCluster.start({ env: { METRICS_PORT: '0', METRICS_HOST: '127.0.0.1' } });
    const [cabUser, riderUser, dispatcherUser, leaving] = await Promise.all([
      cluster.addUser('driver'),
      cluster.addUser('passenger'),
      cluster.addUser('admin'),
      cluster.addUser('passenger'),
    ]);
    ids.push(...[cabUser, riderUser, dispatcherUser, leaving].map(({ userId }) => userId));
    const dispatcher = await cluster.connect(dispatcherUser, 0);
    await dispatcher.waitFor('driver:snapshot');
    const cab = await cluster.connect(cabUser, 0);
    const { offer } = await driverNear(cab, 100);
    await dispatcher.waitFor('driver:location:update');
    const rider = await cluster.connect(riderUser, 0);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    ids.push(tripId);
    const { assignmentId } = await offer();
    await cab.ask('driver:offer:accept', { assignmentId });
    await rider.waitFor('trip:driver_assigned');
    const chat = await enterChat(cluster, riderUser, 0);
    await join(chat, 'lobby');
    await say(chat, 'lobby', 'hello there');
    await chat.waitFor('chat:message');
    const refused = await cab.request('driver:offer:accept', { assignmentId: 'none-such' });
    refusalCode = refused.ok ? '' : refused.error.code;
    await cab.requestAnything('no:such:event');
    cluster.openBareOf({ ...riderUser, token: 'made up' }, 0);
    await cluster.connect(leaving, 0);
    await cluster.instances[1]!.app.get(SessionsService, { strict: false }).revoke(
      leaving.sid,
      leaving.userId,
      SessionEndReason.revokedByAdmin,
    );
    await until('all of it is counted', async () => {
      text = await scrape(0);
      series = seriesOf(text);
      return (
        series.get('ridewire_revoke_to_cut_seconds_count') === 1 &&
        series.get('ridewire_refusals_total{code="TOKEN_INVALID",namespace="/passengers"}') === 1 &&
        (series.get('ridewire_pubsub_delay_seconds_count') ?? 0) > 0 &&
        series.get('ridewire_trips_active') === 1 &&
        series.get('ridewire_sockets{namespace="/drivers"}') === 1 &&
        series.get('ridewire_driver_leases_held') === 1 &&
        series.get('ridewire_trip_transitions_total{status="accepted"}') === 1 &&
        series.get('ridewire_matching_seconds_count') === 1 &&
        TRAFFIC.every((each) => (series.get(delayCount(each)) ?? 0) > 0)
      );
    });
  });
  afterAll(() => cluster.close());

  it('[MET2] are served on a port of their own and nowhere else, and not at all without METRICS_PORT', async () => {
    expect((await fetch(`${cluster.url(0)}/metrics`)).status).toBe(404);
    expect((await fetch(`${urlOf(0)}/health/live`)).status).toBe(404);
    const silent = await cluster.addInstance({ METRICS_PORT: undefined });
    expect(silent.app.get(MetricsServer, { strict: false }).port).toBeUndefined();
  });

  it('[MET3] say who is connected, how requests end, what was refused, and how the rides go', () => {
    const at = (name: string) => series.get(name);
    expect(at('ridewire_sockets{namespace="/drivers"}')).toBe(1);
    expect(at('ridewire_sockets{namespace="/admin"}')).toBe(1);
    expect(at('ridewire_connections')).toBeGreaterThanOrEqual(3);
    expect(at('ridewire_handshakes_total')).toBeGreaterThanOrEqual(5);
    const accepts = 'ridewire_requests_total{namespace="/drivers",event="driver:offer:accept"';
    expect(at(`${accepts},outcome="ok"}`)).toBe(1);
    expect(at(`${accepts},outcome="${refusalCode}"}`)).toBe(1);
    expect(at('ridewire_refusals_total{code="UNKNOWN_EVENT",namespace="/drivers"}')).toBe(1);
    expect(at('ridewire_driver_leases_held')).toBe(1);
    expect(at('ridewire_trip_events_total{type="trip_requested"}')).toBe(1);
    expect(at('ridewire_trip_events_total{type="driver_accepted"}')).toBe(1);
    expect(at('ridewire_trip_transitions_total{status="accepted"}')).toBe(1);
    expect(at('ridewire_trips_active')).toBe(1);
    expect(at('ridewire_matching_seconds_count')).toBe(1);
    for (const traffic of TRAFFIC) expect(at(delayCount(traffic)), traffic).toBeGreaterThan(0);
    expect(
      at('ridewire_redis_script_duration_seconds_count{script="store_fixes"}'),
    ).toBeGreaterThan(0);
    expect(at('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(at('process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('[MET4] keep to the conventions of Prometheus and name nobody', async () => {
    const checked = await promtool(['check', 'metrics'], text);
    // Names that prom-client chooses are not ours to mend.
    const complaints = checked.stderr.split('\n').filter((line) => line.startsWith('ridewire_'));
    expect(complaints).toEqual([]);
    for (const id of ids) expect(text).not.toContain(id);
    expect(text).not.toContain('127.0.0.1');
    for (const written of ['no:such:event', 'hello there']) expect(text).not.toContain(written);
  });

  it('[MET5] are all that the dashboard and the alerts ask for', async () => {
    const inText = new Set([...series.keys()].map((name) => name.split('{')[0]));
    const names = new Set([...inText, ...cluster.instances[0]!.app.get(Metrics).names(), 'up']);
    const withParts = new Set(
      [...names].flatMap((name) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]),
    );
    const asked = [
      ...alerts.map(({ expr }) => expr),
      ...panelExpressions,
      ...dashboard.templating.list.map(({ query }) => query.query),
    ].flatMap((expr) => expr.match(/\b(?:ridewire|nodejs|process)_\w+/g) ?? []);
    expect(asked.length).toBeGreaterThan(50);
    expect([...new Set(asked)].filter((name) => !withParts.has(name))).toEqual([]);
    const ours = cluster.instances[0]!.app.get(Metrics).names();
    const unseen = ours.filter(
      (name) => name.startsWith('ridewire_') && !asked.some((each) => each.startsWith(name)),
    );
    expect(unseen, 'metrics that no panel shows').toEqual([]);
  });

  it('[MET5] alerts are right by promtool, and fire when they should', async () => {
    expect(await promtool(['check', 'config', '--syntax-only', 'prometheus.yml'])).toMatchObject({
      status: 0,
    });
    expect(await promtool(['check', 'rules', ALERTS])).toMatchObject({ status: 0 });
    const tested = await promtool(['test', 'rules', 'alerts.test.yml']);
    expect(tested.stdout + tested.stderr).toContain('SUCCESS');
    expect(tested.status).toBe(0);
  });

  it('[MET5] every expression of the dashboard is one', async () => {
    const rules = panelExpressions.map((expr, i) => ({
      record: `panel:${i}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-panels-'));
    const file = path.join(directory, 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const checked = await promtool(['check', 'rules', file]);
    rmSync(directory, { recursive: true });
    expect(checked).toMatchObject({ status: 0, stderr: '' });
  });

  it('[MET6] each alert has a section in the runbook, and each section an alert', () => {
    const runbook = readFileSync(path.join(ROOT, 'docs/RUNBOOK.md'), 'utf8');
    const sections = [...runbook.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(sections).toEqual(expect.arrayContaining(alerts.map(({ alert }) => alert)));
    expect(sections).toHaveLength(alerts.length);
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/RUNBOOK.md#${alert.toLowerCase()}`);
    // What it says to look at, between single stars, is a panel.
    const looks = [...runbook.matchAll(/(?<!\*)\*([A-Z][^*\n]+)\*(?!\*)/g)].map(
      ([, name]) => name!,
    );
    expect(looks.length).toBeGreaterThan(10);
    for (const name of looks) {
      const isPanel = dashboard.panels.some(({ title }) => title.startsWith(name.split(':')[0]!));
      expect(isPanel, name).toBe(true);
    }
    const parts = runbook.split(/^## /m).slice(1);
    for (const part of parts) {
      for (const word of ['**Means.**', '**Look.**', '**Do.**']) expect(part).toContain(word);
    }
  });

  it('[MET6] OPERATIONS.md names every metric of ours', () => {
    const written = readDocument(path.join(ROOT, 'docs/OPERATIONS.md'))
      .rows('Metrics')
      .map(([name]) => /`(\w+)/.exec(name ?? '')?.[1]);
    const ours = cluster.instances[0]!.app.get(Metrics)
      .names()
      .filter((name) => name.startsWith('ridewire_'));
    expect(written.toSorted()).toEqual(ours.toSorted());
  });
});
