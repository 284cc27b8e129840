import { mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

/** Pages in a real browser, one file after the other: two would measure each other. */
const browser = mergeConfig(config, {});
browser.test = {
  ...browser.test,
  include: ['apps/realtime/test/browser/*.browser-spec.ts'],
  exclude: [],
  maxWorkers: 1,
};

export default browser;
