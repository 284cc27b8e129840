import { Body, Controller, Get, HttpCode, HttpStatus, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccountsService } from '#libs/accounts';
import { Registrations, type ClientInfo } from '#libs/auth';
import { RequestError, type Principal } from '#libs/contracts';
import { Public } from '../access.js';
import { ApiAnswer, ApiRefusals, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal, Client } from '../caller.js';
import { ChangeProfileDto, ProfileDto, RegisterDto, RegisteredDto } from './profile.dto.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly registrations: Registrations,
  ) {}

  @Get('profile')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'The own account, for every type of user' })
  @ApiAnswer(ProfileDto)
  @ApiSessionRefusals('NOT_FOUND')
  async profile(@CurrentPrincipal() { userId }: Principal): Promise<ProfileDto> {
    return ProfileDto.from(await this.accounts.get(userId));
  }

  @Patch('profile')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Changes the own name and photo; what is absent stays, null takes it away',
  })
  @ApiAnswer(ProfileDto)
  @ApiSessionRefusals('NOT_FOUND', 'VALIDATION_FAILED')
  async change(
    @CurrentPrincipal() { userId }: Principal,
    @Body() changes: ChangeProfileDto,
  ): Promise<ProfileDto> {
    return ProfileDto.from(await this.accounts.update(userId, changes));
  }

  @Post('register')
  @Public()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'A passenger makes an account, where PASSENGER_REGISTRATION allows it',
    description:
      'An address that has an account is answered alike, and the account stays as it is.',
  })
  @ApiAnswer(RegisteredDto, { status: HttpStatus.ACCEPTED, description: 'Log in now.' })
  @ApiRefusals(
    'VALIDATION_FAILED',
    'FORBIDDEN',
    'LOGIN_DISABLED',
    'RATE_LIMITED',
    'REDIS_UNAVAILABLE',
  )
  async register(@Body() body: RegisterDto, @Client() client: ClientInfo): Promise<RegisteredDto> {
    if (!body.email && !body.phoneNumber) {
      throw new RequestError('VALIDATION_FAILED', { message: 'Send email or phoneNumber.' });
    }
    await this.registrations.register(body, client.address);
    return { accepted: true };
  }
}
