import { serverOfChecks } from './checks/server-of-checks.mjs';
import { root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

const script = 'dist/apps/simulator/src/ws-test.js';
/** Any of them says which server is meant, or who speaks to it. */
const given = [
  'SERVER',
  'WS_BASE',
  'ACCESS_TOKEN',
  'DRIVER_TOKEN',
  'ADMIN_TOKEN',
  'PASSENGER_TOKEN',
];

/**
 * Runs one suite of client checks: against the server that the environment names, else against one
 * of its own with accounts of its own.
 * @param {string} suite
 * @param {string[]} args
 */
export async function wsTest(suite, args) {
  if (given.some((name) => process.env[name])) return check([suite, ...args], {});
  const server = await serverOfChecks();
  try {
    return await check([suite, ...args, '--admin-email', server.adminEmail], server.env);
  } finally {
    await server.stop();
  }
}

/** @param {string[]} args @param {Record<string, string>} env */
async function check(args, env) {
  const { code } = await runChild(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return code;
}
