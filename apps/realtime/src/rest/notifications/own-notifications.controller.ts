import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type NotificationPage, type Principal } from '#libs/contracts';
import { NotificationsService, pageOf } from '#libs/notifications';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal } from '../caller.js';
import { NotificationPageDto, NotificationQueryDto } from './notification.dto.js';

@ApiTags('users')
@ApiBearerAuth()
@Controller('notifications')
export class OwnNotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  @Get()
  @ApiOperation({ summary: 'The own notifications that are kept, the newest first' })
  @ApiAnswer(NotificationPageDto)
  @ApiSessionRefusals('VALIDATION_FAILED')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: NotificationQueryDto,
  ): Promise<NotificationPage> {
    return pageOf(await this.notifications.inbox(principal), query);
  }
}
