// What a container starts. It becomes the instance, with the flags that npm start gives it, so that
// the instance itself gets the signals of the container.
import { fileURLToPath } from 'node:url';
import { instanceFlags } from '../process/instance-flags.mjs';

const instance = fileURLToPath(new URL('../../dist/apps/realtime/src/main.js', import.meta.url));
if (!process.execve)
  throw new Error('The image needs Node 24, whose processes can become another.');
process.execve(
  process.execPath,
  [process.execPath, ...instanceFlags, instance, ...process.argv.slice(2)],
  process.env,
);
