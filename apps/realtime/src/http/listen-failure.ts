/** Where a server is to listen, and the variables that say so. */
interface ListenAddress {
  host: string;
  port: number;
  variables: { host: string; port: string };
}

const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'];

/** What the system says of an address that cannot be listened on, with the variable to change. */
export function listenFailure(error: unknown, { host, port, variables }: ListenAddress): unknown {
  const { code = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const because = { cause: error };
  if (code === 'EADDRINUSE')
    return new Error(
      `${variables.port}: another program listens on ${host}:${port}. End it, or choose another port.`,
      because,
    );
  if (code === 'EACCES')
    return new Error(
      `${variables.port}: this user may not listen on port ${port}. Choose one above 1023.`,
      because,
    );
  if (NO_SUCH_ADDRESS.includes(code))
    return new Error(
      `${variables.host}: ${host} is no address of this machine. 0.0.0.0 stands for all of them.`,
      because,
    );
  return error;
}
