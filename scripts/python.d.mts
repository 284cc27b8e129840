export interface Python {
  program: string;
  env: NodeJS.ProcessEnv;
}

/** @throws Error where no Python with a client of Socket.IO can be had */
export function findPythonWithSocketIo(): Promise<Python>;
