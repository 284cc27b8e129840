import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../prepare/paths.mjs';
import { reasonNotToListen } from '../process/ports.mjs';
import { LaunchError } from '../process/signals.mjs';

/**
 * Takes `--ports a,b` for the launcher; everything else is for the simulator.
 * @param {string[]} args
 */
export function readDemoOptions(args) {
  const forSimulator = [...args];
  const { PORT_A = '3000', PORT_B = '3001' } = process.env;
  let given = `${PORT_A},${PORT_B}`;
  const at = forSimulator.findIndex((arg) => arg === '--ports' || arg.startsWith('--ports='));
  if (at !== -1) {
    const [, inline] = (forSimulator[at] ?? '').split('=');
    given = inline ?? forSimulator[at + 1] ?? '';
    forSimulator.splice(at, inline === undefined ? 2 : 1);
  }
  const ports = given.split(',').map(Number);
  const areValid = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  if (ports.length !== 2 || !areValid || ports[0] === ports[1]) {
    throw new LaunchError(
      `Two different ports are needed, as in --ports 3000,3001 (not "${given}").`,
      2,
    );
  }
  const traces = path.join(path.dirname(root), 'shared/data/rome-taxis-2014-02-01.csv');
  if (!forSimulator.some((arg) => arg.startsWith('--traces')) && existsSync(traces)) {
    forSimulator.push('--traces', path.relative(root, traces));
  }
  return { ports, forSimulator };
}

/** @param {number[]} ports */
export async function requireFreePorts(ports) {
  for (const port of ports) {
    const reason = await reasonNotToListen(port);
    if (!reason) continue;
    const what =
      reason === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${reason})`;
    throw new LaunchError(
      `Port ${port} ${what}. Stop that program, or choose two other ports: npm run demo -- --ports 3100,3101`,
    );
  }
}
