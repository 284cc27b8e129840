import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'selfsigned';
import { until } from '#libs/testing';
import { findProgram } from '../../../../scripts/programs.mjs';

const DEPLOY = path.resolve(import.meta.dirname, '../../../../deploy');

/** A certificate of this machine, for which clients are told to trust it. */
export interface Certificate {
  cert: string;
  key: string;
}

export async function makeCertificate(): Promise<Certificate> {
  const altNames = [
    { type: 2 as const, value: 'localhost' },
    { type: 7 as const, ip: '127.0.0.1' },
  ];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  return { cert, key };
}

export interface BalancerOptions {
  directory: string;
  port: number;
  /** Of the instances. */
  ports: readonly number[];
  certificate: Certificate;
  /** Further changes of the file that is shipped; each must fit. */
  changes?: readonly (readonly [from: string | RegExp, to: string])[];
}

/** nginx or HAProxy with the file that is shipped; only addresses and places of files are changed. */
export class BalancerProcess {
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly program: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  static async nginx(options: BalancerOptions): Promise<BalancerProcess> {
    const { directory, port, certificate } = options;
    mkdirSync(directory, { recursive: true });
    const [cert, key] = [path.join(directory, 'tls.crt'), path.join(directory, 'tls.key')];
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key);
    const text = changed(readFileSync(path.join(DEPLOY, 'nginx/nginx.conf'), 'utf8'), [
      [/\/tmp\//g, `${directory}/`],
      ['listen 8443', `listen 127.0.0.1:${port}`],
      ['/run/secrets/tls_certificate', cert],
      ['/run/secrets/tls_key', key],
      ['/dev/stdout', path.join(directory, 'access.log')],
      ['/dev/stderr', path.join(directory, 'error.log')],
      ['worker_processes auto', 'worker_processes 2'],
      ...instances(options),
    ]);
    const file = path.join(directory, 'nginx.conf');
    writeFileSync(file, text);
    const { command, env } = await findProgram('nginx');
    const args = ['-c', file, '-e', path.join(directory, 'error.log'), '-g', 'daemon off;'];
    return BalancerProcess.start('nginx', command, args, env, port);
  }

  static async haproxy(options: BalancerOptions): Promise<BalancerProcess> {
    const { directory, port, certificate } = options;
    mkdirSync(directory, { recursive: true });
    const pem = path.join(directory, 'tls.pem');
    writeFileSync(pem, `${certificate.cert}\n${certificate.key}\n`);
    const text = changed(readFileSync(path.join(DEPLOY, 'haproxy/haproxy.cfg'), 'utf8'), [
      ['bind :8443', `bind 127.0.0.1:${port}`],
      ['/etc/haproxy/tls.pem', pem],
      ...instances(options),
    ]);
    const file = path.join(directory, 'haproxy.cfg');
    writeFileSync(file, text);
    const { command, env } = await findProgram('haproxy');
    return BalancerProcess.start('haproxy', command, ['-f', file, '-db'], env, port);
  }

  private static async start(
    name: string,
    command: string,
    args: string[],
    env: NodeJS.ProcessEnv,
    port: number,
  ): Promise<BalancerProcess> {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const balancer = new BalancerProcess(child, name);
    await until(`${name} listens`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${balancer.output}`);
      return isListening(port);
    });
    return balancer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    // Both close what is open at once for this.
    this.child.kill(this.program === 'nginx' ? 'SIGTERM' : 'SIGINT');
    await ended;
  }
}

function instances({ ports, changes = [] }: BalancerOptions) {
  return [
    ...ports.map((port, i) => [`realtime-${i + 1}:3000`, `127.0.0.1:${port}`] as const),
    ...changes,
  ];
}

function changed(
  text: string,
  changes: readonly (readonly [from: string | RegExp, to: string])[],
): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`There is no ${from.toString()} in the file.`);
    return after;
  }, text);
}

async function isListening(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
