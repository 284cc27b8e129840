// Ends with 0 while the instance of this container answers. Whether it should get traffic is for
// the load balancer, which asks /health/ready: a Redis that is away is no reason to start anew.
const timeoutMs = 4_000;
const { HOST = '0.0.0.0', PORT = '3000' } = process.env;
const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;

try {
  const response = await fetch(`http://${host}:${PORT}/health/live`, {
    signal: AbortSignal.timeout(timeoutMs),
  });
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
