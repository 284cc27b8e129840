import { IsString, MaxLength, MinLength } from 'class-validator';

/** A token as clients write it: one from a file or a shell has a line end, one from a header its scheme. */
export function readToken(sent: string): string {
  return sent.trim().replace(/^Bearer\s+/i, '');
}

export class AuthRefreshDto {
  /** The new access token of the same session. */
  @IsString()
  @MinLength(1)
  @MaxLength(4096)
  token: string;

  static normalize({ token, accessToken }: Record<string, unknown>): Record<string, unknown> {
    const sent = token ?? accessToken;
    return { token: typeof sent === 'string' ? readToken(sent) : sent };
  }
}
