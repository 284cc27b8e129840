import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequestError } from '#libs/contracts';
import { NotificationsService, type NotificationAudience } from '#libs/notifications';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { IdempotencyKey } from '../trips/idempotency-key.js';
import { SendNotificationDto, SentNotificationDto } from './notification.dto.js';

@ApiTags('admin')
@AdminOnly()
@Controller('admin/notifications')
export class AdminNotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'Names the request to this audience: sent again it is the first one, for as long as that is kept',
  })
  @ApiOperation({
    summary: 'Tells a person, a session, a user type or everybody something',
    description:
      'Those who are connected are told at once, the others when they come, until they have seen ' +
      'it or it expires. Whoever registers later is not told what was sent to many before.',
  })
  @ApiAnswer(SentNotificationDto, { status: HttpStatus.CREATED, description: 'Sent.' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'NOT_FOUND')
  async send(
    @Body() body: SendNotificationDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<SentNotificationDto> {
    const { audience: _, userId: __, sid: ___, userType: ____, ...content } = body;
    const { id, at, isNew } = await this.notifications.send(audienceOf(body), content, key);
    return { id, at: new Date(at).toISOString(), isNew };
  }
}

/** Whoever names somebody beside another audience is not guessed at. */
function audienceOf(body: SendNotificationDto): NotificationAudience {
  const { audience, userId, sid, userType } = body;
  const named = Object.entries({ userId, sid, userType }).filter(([, id]) => id !== undefined);
  const fields = named.map(([field]) => field).join();
  if (audience === 'everybody' && fields === '') return { kind: audience };
  if (audience === 'user' && userId && fields === 'userId') return { kind: audience, userId };
  if (audience === 'session' && sid && fields === 'sid') return { kind: audience, sid };
  if (audience === 'type' && userType && fields === 'userType') return { kind: audience, userType };
  throw new RequestError('VALIDATION_FAILED', {
    message:
      'Send userId with the audience user, sid with session, userType with type, and none of ' +
      'them with everybody.',
  });
}
