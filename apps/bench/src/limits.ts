import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Files that a process has open beside its connections. */
const OTHER_FILES = 200;
const OTHER_PORTS = 1_000;

/** What has to be raised before one process can have so many connections to one address; empty if nothing. */
export function limitsBelow(connections: number): string[] {
  const files = maxOpenFiles();
  const ports = ephemeralPorts();
  const neededFiles = connections + OTHER_FILES;
  const neededPorts = connections + OTHER_PORTS;
  return [
    ...(files < neededFiles
      ? [
          `${neededFiles} open files a process are needed and ${files} allowed: run \`ulimit -n ${neededFiles}\` first (as root, or raise the hard limit in /etc/security/limits.conf)`,
        ]
      : []),
    ...(ports < neededPorts
      ? [
          `${neededPorts} local ports are needed and ${ports} there: run \`sysctl -w net.ipv4.ip_local_port_range="10240 65535"\` as root first (macOS: net.inet.ip.portrange.first)`,
        ]
      : []),
  ];
}

/** The hard limit: Node raises its own to it when it starts. */
function maxOpenFiles(): number {
  return asNumber(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
}

function ephemeralPorts(): number {
  const [first, last] =
    process.platform === 'linux'
      ? readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)
      : execFileSync(
          'sysctl',
          ['-n', 'net.inet.ip.portrange.first', 'net.inet.ip.portrange.last'],
          { encoding: 'utf8' },
        ).split('\n');
  return asNumber(last) - asNumber(first) + 1;
}

function asNumber(text = ''): number {
  return text.trim() === 'unlimited' ? Infinity : Number(text);
}
