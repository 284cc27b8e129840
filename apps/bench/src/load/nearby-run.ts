import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf, type Quantiles } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { UsageWindow, type ObservedProcess, type WindowUsage } from './usage-window.js';

/** Searches over REST, a few at a time. */
export interface NearbyScenario {
  kind: 'nearby';
  port: number;
  /** In turns. */
  paths: string[];
  token: string;
  /** How many drivers every answer must name. */
  expected: number;
  lanes: number;
  warmUpMs: number;
  measureMs: number;
  observed: ObservedProcess[];
}

export interface NearbyResult extends WindowUsage {
  problems: string[];
  queries: number;
  answerMs: Quantiles;
  bytesPerAnswer: number;
}

export async function runNearby(
  scenario: NearbyScenario,
  checkpoint: Checkpoint,
): Promise<NearbyResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: scenario.lanes });
  const problems = new Set<string>();
  const delays = new DelayHistogram();
  const stop = new AbortController();
  let bytes = 0;
  let next = 0;
  const lane = async () => {
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      const path = scenario.paths[next++ % scenario.paths.length]!;
      const text = await answerOf(scenario, path, agent);
      delays.record(performance.now() - startedAt);
      bytes += text.length;
      const found = text.split('"distanceMeters":').length - 1;
      if (found !== scenario.expected)
        problems.add(`an answer named ${found} drivers: ${text.slice(0, 200)}`);
    }
  };
  const running = Promise.all(Array.from({ length: scenario.lanes }, lane));
  await sleep(scenario.warmUpMs);
  await checkpoint('begin');
  delays.clear();
  bytes = 0;
  const window = new UsageWindow(scenario.observed);
  await sleep(scenario.measureMs);
  const usage = window.read();
  const queries = delays.count;
  const answerMs = quantilesOf(delays);
  const bytesPerAnswer = bytes / queries;
  await checkpoint('end');
  stop.abort();
  await running;
  agent.destroy();
  return { ...usage, problems: [...problems], queries, answerMs, bytesPerAnswer };
}

function answerOf({ port, token }: NearbyScenario, path: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve(Buffer.concat(chunks).toString()));
      response.once('error', reject);
    }).once('error', reject);
  });
}
