import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PATIENT_LIMITS, until } from '#libs/testing';

const MAIN = fileURLToPath(new URL('../../../dist/apps/realtime/src/main.js', import.meta.url));

/** Loading all modules takes seconds where other tests keep the machine busy. */
const START_TIMEOUT_MS = 120_000;

/** An instance as operations run it: a process of its own, built, steered by its environment. */
export class InstanceProcess {
  output = '';
  exitCode: number | null | undefined;
  /** True once a test has told it to end. */
  isEnding = false;
  private readonly child: ChildProcess;
  private foundAddress: string | undefined;

  constructor(env: Record<string, string>) {
    if (!existsSync(MAIN)) throw new Error('Build first: npm test does, or npm run build.');
    this.child = spawn(process.execPath, [MAIN], {
      env: { ...PATIENT_LIMITS, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const note = (chunk: Buffer) => (this.output += chunk.toString());
    this.child.stdout!.on('data', note);
    this.child.stderr!.on('data', note);
    this.child.on('exit', (code) => (this.exitCode = code));
  }

  /** Its address, once it listens. */
  async url(): Promise<string> {
    await until(
      'the instance listens',
      () => {
        if (this.exitCode !== undefined) throw new Error(`the instance ended: ${this.output}`);
        return this.address !== undefined;
      },
      START_TIMEOUT_MS,
    );
    return this.address!;
  }

  /** The same, undefined until it listens. */
  get address(): string | undefined {
    this.foundAddress ??= /"url":"([^"]+)"/.exec(this.output)?.[1];
    return this.foundAddress;
  }

  /** Memory that it has from the system, bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
  }

  /** What it has used of processors since its start, ms. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    // Behind the name in brackets, which may hold anything: user and system time, in hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Stops it as a paused virtual machine is stopped: nothing of it runs, its connections stay. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.isEnding = true;
    if (this.exitCode !== undefined) return this.exitCode;
    this.child.kill(signal);
    await once(this.child, 'exit');
    return this.exitCode ?? null;
  }

  async exited(): Promise<number | null> {
    if (this.exitCode === undefined) await once(this.child, 'exit');
    return this.exitCode ?? null;
  }
}
