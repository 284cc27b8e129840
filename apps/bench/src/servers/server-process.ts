import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from './node-flags.js';
import { Core, pinned } from './pinning.js';
import { type ProbeAnswer, type ProbeRequest } from './probe-messages.js';

const PROBE = new URL('probe.js', import.meta.url).href;
const ANSWER_DEADLINE_MS = 60_000;
const KEPT_LOG_BYTES = 4_000;

export interface ServerProgram {
  name: string;
  /** The compiled entry point. */
  entry: URL;
  args: string[];
  env: Record<string, string>;
  core?: number;
}

type Listening = { kind: 'listening'; port: number };

/** A server under test in a process of its own, with a probe inside. */
export class ServerProcess {
  readonly exited: Promise<void>;
  private readonly child: ChildProcess;
  private readonly asked = new Map<number, (answer: ProbeAnswer) => void>();
  private log = '';
  private lastId = 0;
  private announced: ((port: number) => void) | undefined;

  constructor(readonly program: ServerProgram) {
    const [command, args] = pinned(program.core ?? Core.servers, process.execPath, [
      ...nodeFlags,
      '--import',
      PROBE,
      fileURLToPath(program.entry),
      ...program.args,
    ]);
    this.child = spawn(command, args, {
      env: program.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.exited = new Promise((resolve) => this.child.once('exit', () => resolve()));
    this.child.on('message', (message) => this.receive(message as ProbeAnswer | Listening));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.log = (this.log + chunk.toString()).slice(-KEPT_LOG_BYTES);
      });
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get lastWords(): string {
    return this.log;
  }

  /** The port that a peer says it listens on. */
  async announcedPort(): Promise<number> {
    const port = new Promise<number>((resolve) => (this.announced = resolve));
    const ended = this.exited.then(() => {
      throw new Error(`${this.program.name} ended instead of starting: ${this.log}`);
    });
    return Promise.race([port, ended]);
  }

  ask(kind: ProbeRequest['kind'], path?: string): Promise<ProbeAnswer> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.program.name} does not answer its probe`)),
        ANSWER_DEADLINE_MS,
      );
      this.asked.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.child.send({ id, kind, ...(path === undefined ? {} : { path }) });
    });
  }

  /** Nothing of it is needed any more. */
  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private receive(message: ProbeAnswer | Listening): void {
    if ('kind' in message) {
      this.announced?.(message.port);
      return;
    }
    this.asked.get(message.id)?.(message);
    this.asked.delete(message.id);
  }
}
