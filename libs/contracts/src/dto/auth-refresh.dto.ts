import { IsString, MaxLength, MinLength } from 'class-validator';

export class AuthRefreshDto {
  /** The new access token of the same session. */
  @IsString()
  @MinLength(1)
  @MaxLength(4096)
  token: string;

  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    return raw['token'] === undefined ? { token: raw['accessToken'] } : { token: raw['token'] };
  }
}
