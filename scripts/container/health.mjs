// Ends with 0 while the instance of this container answers. Whether it should get traffic is for
// the load balancer, which asks /health/ready: a Redis that is away is no reason to start anew.
const timeoutMs = 4_000;
// An empty variable counts as not set, as the instance has it.
const listensAt = process.env['HOST'] || '0.0.0.0';
const port = process.env['PORT'] || '3000';
const reachedAt = listensAt === '0.0.0.0' || listensAt === '::' ? '127.0.0.1' : listensAt;
const host = reachedAt.includes(':') ? `[${reachedAt}]` : reachedAt;

try {
  const response = await fetch(`http://${host}:${port}/health/live`, {
    signal: AbortSignal.timeout(timeoutMs),
  });
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
