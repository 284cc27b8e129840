import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Core, pinned } from '../servers/pinning.js';
import {
  type LoadMessage,
  type LoadRequest,
  type LoadResponse,
  type ResultOf,
} from './load-messages.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/**
 * Runs a scenario in a load generator of its own, on its own core where there is one.
 * @param onCheckpoint the load waits for it
 */
export function runLoad<Request extends LoadRequest>(
  request: Request,
  onCheckpoint: (name: string) => Promise<void> = () => Promise.resolve(),
): Promise<ResultOf[Request['kind']]> {
  const [command, args] = pinned(Core.load, process.execPath, [WORKER]);
  const child = spawn(command, args, { env: {}, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const send = (message: LoadMessage) => child.send(message);
  return new Promise<ResultOf[Request['kind']]>((resolve, reject) => {
    child.on('message', (response: LoadResponse) => {
      if (response.kind === 'checkpoint') {
        onCheckpoint(response.name).then(() => send({ kind: 'go-on' }), reject);
      } else if (response.kind === 'failed') {
        reject(new Error(response.reason));
      } else {
        resolve(response.result as ResultOf[Request['kind']]);
      }
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the load generator ended without a result')));
    send(request);
  }).finally(() => child.kill('SIGKILL'));
}
