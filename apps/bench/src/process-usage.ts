import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  cpuMs: number;
  rssBytes: number;
}

/** What the kernel says of a process, from outside: the same measure for every server. */
export function usageOf(pid: number): ProcessUsage {
  return process.platform === 'linux' ? readProc(pid) : askPs(pid);
}

/** The unit of CPU times in /proc: 1/100 s on every Linux that Node supports. */
const TICK_MS = 10;

function readProc(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before the parenthesis may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssBytes: Number(kilobytes) * 1_024,
  };
}

function askPs(pid: number): ProcessUsage {
  const answer = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' });
  const [time = '', kilobytes] = answer.trim().split(/\s+/);
  const seconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuMs: seconds * 1_000, rssBytes: Number(kilobytes) * 1_024 };
}
