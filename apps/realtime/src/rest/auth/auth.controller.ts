import { Body, Controller, HttpCode, HttpStatus, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Request, type Response } from 'express';
import { type AccountIdentifier } from '#libs/accounts';
import { AuthService, type ClientInfo } from '#libs/auth';
import { RequestError } from '#libs/contracts';
import { Public } from '../access.js';
import { ApiAnswer, ApiRefusals, ApiSessionRefusals } from '../api-answer.js';
import { bearerOf, Client } from '../caller.js';
import { AuthCookies } from './auth-cookies.js';
import { CodeDto, deviceInfoText, LoginDto, RefreshDto, TokenAnswerDto } from './login.dto.js';

@ApiTags('auth')
@Public()
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly cookies: AuthCookies,
  ) {}

  @Post('login')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Opens a session with a password' })
  @ApiAnswer(TokenAnswerDto)
  @ApiRefusals(
    'VALIDATION_FAILED',
    'INVALID_CREDENTIALS',
    'ACCOUNT_SUSPENDED',
    'ACCOUNT_BANNED',
    'AUDIENCE_MISMATCH',
    'LOGIN_DISABLED',
    'RATE_LIMITED',
    'REDIS_UNAVAILABLE',
  )
  async login(
    @Body() body: LoginDto,
    @Client() client: ClientInfo,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenAnswerDto> {
    const { password, appAudience, sessionType, expectedUserType, cookieFor } = body;
    const deviceInfo = deviceInfoText(body.deviceInfo);
    const deviceToken = body.deviceToken ?? this.cookies.deviceToken(request, cookieFor);
    const login = await this.auth.login({
      identifier: identifierOf(body),
      password,
      appAudience,
      ...(sessionType ? { sessionType } : {}),
      ...(expectedUserType ? { expectedUserType } : {}),
      ...(deviceInfo ? { deviceInfo } : {}),
      ...(deviceToken ? { deviceToken } : {}),
      client: { ...client, userAgent: client.userAgent || (body.userAgent ?? '') },
    });
    this.cookies.writeRefresh(response, login, cookieFor);
    this.cookies.writeDevice(response, login, cookieFor);
    return TokenAnswerDto.from(login);
  }

  @Post('code')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Opens the session of a page with a code, once',
    description: 'Operators make codes: npx ridewire sign-in-link.',
  })
  @ApiAnswer(TokenAnswerDto)
  @ApiRefusals(
    'VALIDATION_FAILED',
    'INVALID_CREDENTIALS',
    'ACCOUNT_SUSPENDED',
    'ACCOUNT_BANNED',
    'LOGIN_DISABLED',
    'RATE_LIMITED',
    'REDIS_UNAVAILABLE',
  )
  async loginByCode(
    @Body() { code, cookieFor }: CodeDto,
    @Client() client: ClientInfo,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenAnswerDto> {
    const pair = await this.auth.loginByCode(code, client);
    this.cookies.writeRefresh(response, pair, cookieFor);
    return TokenAnswerDto.from(pair);
  }

  @Post('refresh')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Exchanges the refresh token (body, else cookie) for a new pair',
    description:
      'Each token works once. The one before the newest may come again for 30 s, for a client ' +
      'that lost the answer; any older one ends the session.',
  })
  @ApiAnswer(TokenAnswerDto)
  @ApiRefusals(
    'AUTH_REQUIRED',
    'TOKEN_INVALID',
    'REFRESH_REUSED',
    'SESSION_REVOKED',
    'ACCOUNT_SUSPENDED',
    'ACCOUNT_BANNED',
    'LOGIN_DISABLED',
    'RATE_LIMITED',
    'REDIS_UNAVAILABLE',
  )
  async refresh(
    @Body() body: RefreshDto,
    @Client() client: ClientInfo,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenAnswerDto> {
    const refreshToken = body.refreshToken ?? this.cookies.refreshToken(request, body.cookieFor);
    const pair = await this.auth.refresh(refreshToken, client);
    this.cookies.writeRefresh(response, pair, body.cookieFor);
    return TokenAnswerDto.from(pair);
  }

  @Post('logout')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Ends the session of the refresh token (body, cookie) or access token' })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiSessionRefusals()
  async logout(
    @Body() body: RefreshDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const refreshToken = body.refreshToken ?? this.cookies.refreshToken(request, body.cookieFor);
    const accessToken = bearerOf(request);
    this.cookies.clearRefresh(response, body.cookieFor);
    await this.auth.logout({
      ...(refreshToken ? { refreshToken } : {}),
      ...(accessToken ? { accessToken } : {}),
    });
  }
}

function identifierOf({ email, phoneNumber }: LoginDto): AccountIdentifier {
  if (email) return { email };
  if (phoneNumber) return { phoneNumber };
  throw new RequestError('VALIDATION_FAILED', { message: 'Send email or phoneNumber.' });
}
