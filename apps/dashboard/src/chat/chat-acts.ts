import { type Result } from '#libs/client';
import { RestFailure } from '../session/rest.js';

/** What was refused over the socket, as REST would say it. @throws RestFailure */
export async function settled<T>(asked: Promise<Result<T>>): Promise<T> {
  const answer = await asked;
  if (answer.ok) return answer.data;
  const { message, code, details } = answer.error;
  throw new RestFailure(message, 0, code, details);
}
