import { serverOfChecks } from './checks/server-of-checks.mjs';
import { root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';

const script = 'dist/apps/simulator/src/ws-test.js';
/** Any of them says which server is meant. */
const servers = ['SERVER', 'WS_BASE'];
/** Any of them says who speaks to it; the check refuses one that is empty. */
const tokens = ['ACCESS_TOKEN', 'DRIVER_TOKEN', 'ADMIN_TOKEN', 'PASSENGER_TOKEN'];

/**
 * Runs one suite of client checks: against the server that the environment names, else against one
 * of its own with accounts of its own.
 * @param {string} suite
 * @param {string[]} args
 */
export async function wsTest(suite, args) {
  const { env } = process;
  if (servers.some((name) => env[name]) || tokens.some((name) => env[name] !== undefined)) {
    return check([suite, ...args], {});
  }
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
