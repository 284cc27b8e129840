import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AccountsService } from '#libs/accounts';
import { AccountBlocks, AccountGroups } from '#libs/auth';
import { jwtConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller } from '../caller.js';
import { Page } from '../envelope.js';
import { IdPipe } from '../parameters.js';
import { RestCost } from '../rest-rate.js';
import {
  AccountDto,
  AccountPageMetaDto,
  BlockAccountDto,
  ChangeGroupsDto,
  CreateAccountDto,
  ListAccountsDto,
} from './account.dto.js';
import { VehicleDto } from './vehicle.dto.js';

@ApiTags('admin')
@AdminOnly()
@ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
@Controller('admin/users')
export class AdminUsersController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly blocks: AccountBlocks,
    private readonly groups: AccountGroups,
    @Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Creates an account' })
  @ApiAnswer(AccountDto, { status: HttpStatus.CREATED, description: 'Created.' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'CONFLICT', 'RATE_LIMITED')
  async create(@Body() body: CreateAccountDto): Promise<AccountDto> {
    const canLogIn = !!body.password && !!(body.email || body.phoneNumber);
    if (!canLogIn && this.settings.mode === 'own') {
      throw new RequestError('VALIDATION_FAILED', {
        message: 'Send a password, and email or phoneNumber, or nobody could log in.',
      });
    }
    return this.accounts.create(body);
  }

  @RestCost(2)
  @Get()
  @ApiOperation({ summary: 'Accounts, the newest first' })
  @ApiAnswer(AccountDto, { list: 'page', meta: AccountPageMetaDto })
  async list(
    @Query() { userType, status, q, page, limit, asOf }: ListAccountsDto,
  ): Promise<Page<AccountDto>> {
    const filter = { ...(userType ? { userType } : {}), ...(status ? { status } : {}) };
    const found = await this.accounts.list({ ...filter, text: q, page, limit, asOf });
    const { accounts, total, asOf: state, isComplete } = found;
    return new Page(accounts, { total, page, limit }, { asOf: state, isComplete });
  }

  @Get(':id')
  @ApiOperation({ summary: 'One account' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  get(@Param('id', IdPipe) id: string): Promise<AccountDto> {
    return this.accounts.get(id);
  }

  @Put(':id/groups')
  @ApiOperation({ summary: 'Puts the account into other groups, at once for its open connections' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  changeGroups(
    @Param('id', IdPipe) id: string,
    @Body() { groups }: ChangeGroupsDto,
  ): Promise<AccountDto> {
    return this.groups.set(id, groups);
  }

  @Put(':id/vehicle')
  @ApiOperation({
    summary: 'Sets the car of a driver, as whoever follows a trip by its link sees it',
  })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  changeVehicle(@Param('id', IdPipe) id: string, @Body() vehicle: VehicleDto): Promise<AccountDto> {
    return this.accounts.setVehicle(id, vehicle);
  }

  @Delete(':id/vehicle')
  @ApiOperation({ summary: 'Takes the car of a driver away' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  removeVehicle(@Param('id', IdPipe) id: string): Promise<AccountDto> {
    return this.accounts.setVehicle(id, null);
  }

  @Post(':id/suspend')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Keeps the account out for a while and ends its sessions' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'VALIDATION_FAILED')
  async suspend(
    @Param('id', IdPipe) id: string,
    @Body() body: BlockAccountDto,
    @CurrentCaller() caller: Caller,
  ): Promise<AccountDto> {
    refuseSelf(id, caller);
    return this.blocks.suspend(id, body.reason ?? '');
  }

  @Post(':id/ban')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Keeps the account out for good and ends its sessions' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'VALIDATION_FAILED')
  async ban(
    @Param('id', IdPipe) id: string,
    @Body() body: BlockAccountDto,
    @CurrentCaller() caller: Caller,
  ): Promise<AccountDto> {
    refuseSelf(id, caller);
    return this.blocks.ban(id, body.reason ?? '');
  }

  @Post(':id/reactivate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Lets the account log in again' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(AccountDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  reactivate(@Param('id', IdPipe) id: string): Promise<AccountDto> {
    return this.blocks.reactivate(id);
  }
}

/** The last admin would lock everybody out, and nobody could let it in again. */
function refuseSelf(id: string, caller: Caller): void {
  if (caller.kind !== 'user' || caller.principal.userId !== id) return;
  throw new RequestError('CONFLICT', {
    message: 'You cannot suspend or ban your own account. Ask another admin to do it.',
  });
}
