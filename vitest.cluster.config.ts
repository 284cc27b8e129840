import { mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

/** What instances share, once more on a cluster of Redis: the same files, and those that need one. */
const shared = [
  'trip-checks',
  'trip-flow',
  'trip-survival',
  'positions',
  'drivers-to-dispatchers',
  'revocation',
  'frozen-instance',
  'chat',
  'chat-messages',
  'chat-moderation',
  'chat-outage',
  'chat-survival',
  'chat-crowd',
  'chat-secrecy',
  'chat-rest',
  'old-chat',
  'cursors',
  'typing',
  'presence',
  'visitors',
  'person',
];

const cluster = mergeConfig(config, {});
cluster.test = {
  ...cluster.test,
  include: [
    ...shared.map((name) => `apps/realtime/test/${name}.e2e-spec.ts`),
    'libs/auth/src/auth.service.int-spec.ts',
    'apps/*/{src,test}/**/*.cluster-spec.ts',
    'libs/*/src/**/*.cluster-spec.ts',
  ],
  exclude: [],
  globalSetup: ['libs/testing/src/cluster-setup.ts'],
  maxWorkers: 2,
};

export default cluster;
