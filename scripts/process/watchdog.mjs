// Outlives the launcher by a moment: when the pipe on stdin closes, whatever way the launcher
// ended (SIGKILL too), every process still on the list is stopped with its whole group.
import { createInterface } from 'node:readline';

const graceMs = 10_000;
const pollMs = 50;

/** @type {Set<number>} */
const watched = new Set();

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid) || pid <= 1) continue;
  if (line.startsWith('+')) watched.add(pid);
  if (line.startsWith('-')) watched.delete(pid);
}

for (const pid of watched) send(pid, 'SIGTERM');
const deadline = Date.now() + graceMs;
while ([...watched].some((pid) => send(pid, 0)) && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, pollMs));
}
for (const pid of watched) send(-pid, 'SIGKILL');

/** @param {number} pid @param {NodeJS.Signals | 0} signal */
function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
