import 'reflect-metadata';
import { readEnvironment } from '#libs/config';
import { createAdmin } from './create-admin.command.js';

try {
  const id = await createAdmin(readEnvironment(), process.argv.slice(2), process.stdin);
  process.stdout.write(`Admin ${id} is created.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
