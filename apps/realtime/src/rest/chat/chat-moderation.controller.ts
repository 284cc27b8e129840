import { randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Injectable,
  Param,
  Post,
  Put,
  type PipeTransform,
} from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { BroadcastsService, MessagesService, ModerationService, type ChatCaller } from '#libs/chat';
import { readConversationId, RequestError, UserType } from '#libs/contracts';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller } from '../caller.js';
import { IdPipe } from '../parameters.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../trips/idempotency-key.js';
import {
  BroadcastAudience,
  BroadcastDto,
  BroadcastSentDto,
  CloseDto,
  CloseStateDto,
  InviteDto,
  MembersDto,
  MuteDto,
  MuteStateDto,
} from './chat-bodies.dto.js';

/** Programs with the API key speak as this, under the name of a dispatcher. */
const COMPANY: ChatCaller = { userId: 'company', userType: UserType.admin };

/** Any spelling of the id of a conversation. */
@Injectable()
class ConversationPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const name = readConversationId(value);
    if (name) return name.id;
    throw new RequestError('VALIDATION_FAILED', {
      message: 'A conversation is called lobby, room:<name>, trip:<trip id> or broadcast:<id>.',
    });
  }
}

@Injectable()
class VersionPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
    throw new RequestError('VALIDATION_FAILED', { message: 'A version is a whole number from 1.' });
  }
}

const OfConversation = () =>
  ApiParam({
    name: 'id',
    description: 'The conversation, e.g. `room:harbour` or `trip:<trip id>`',
  });

/** What operators do in conversations without being in them; /chat has the same for admins. */
@ApiTags('admin')
@AdminOnly()
@ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED', 'CONFLICT')
@Controller('admin/chat')
export class ChatModerationController {
  constructor(
    private readonly moderation: ModerationService,
    private readonly messages: MessagesService,
    private readonly broadcasts: BroadcastsService,
  ) {}

  @Put('users/:userId/mute')
  @ApiOperation({ summary: 'Keeps a user from writing in any conversation for a time' })
  @ApiParam({ name: 'userId', description: 'Id of the account' })
  @ApiAnswer(MuteStateDto)
  async muteEverywhere(
    @CurrentCaller() caller: Caller,
    @Param('userId', IdPipe) userId: string,
    @Body() { seconds }: MuteDto,
  ): Promise<MuteStateDto> {
    return this.moderation.muteEverywhere(speakerOf(caller), userId, seconds);
  }

  @Get('conversations/:id/members')
  @ApiOperation({ summary: 'Who is in a conversation, and who of them may not write' })
  @OfConversation()
  @ApiAnswer(MembersDto)
  async members(
    @CurrentCaller() caller: Caller,
    @Param('id', ConversationPipe) conversationId: string,
  ): Promise<MembersDto> {
    const { memberCount, members, mutes, mutedBy, mutedEverywhere } = await this.moderation.look(
      speakerOf(caller),
      conversationId,
    );
    return {
      memberCount,
      members: members.map((member) => ({
        ...member,
        mutedUntil: mutes[member.userId] ?? null,
        mutedBy: mutedBy[member.userId] ?? null,
        mutedEverywhereUntil: mutedEverywhere[member.userId]?.until ?? null,
        mutedEverywhereBy: mutedEverywhere[member.userId]?.by ?? null,
      })),
    };
  }

  @Put('conversations/:id/members/:userId/mute')
  @ApiOperation({ summary: 'Keeps a user from writing in one conversation for a time' })
  @OfConversation()
  @ApiParam({ name: 'userId', description: 'Id of the account' })
  @ApiAnswer(MuteStateDto)
  async mute(
    @CurrentCaller() caller: Caller,
    @Param('id', ConversationPipe) conversationId: string,
    @Param('userId', IdPipe) userId: string,
    @Body() { seconds }: MuteDto,
  ): Promise<MuteStateDto> {
    const speaker = speakerOf(caller);
    const { mutedUntil, mutedBy } = await this.moderation.mute(speaker, {
      conversationId,
      userId,
      seconds,
    });
    return { userId, mutedUntil, mutedBy };
  }

  @Post('conversations/:id/members')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Puts a user into a room' })
  @OfConversation()
  @ApiNoContentResponse({ description: 'The user is in it.' })
  async invite(
    @CurrentCaller() caller: Caller,
    @Param('id', ConversationPipe) conversationId: string,
    @Body() { userId }: InviteDto,
  ): Promise<void> {
    await this.moderation.invite(speakerOf(caller), { conversationId, userId });
  }

  @Delete('conversations/:id/members/:userId')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Takes a user out; only an invitation lets it in again' })
  @OfConversation()
  @ApiParam({ name: 'userId', description: 'Id of the account' })
  @ApiNoContentResponse({ description: 'The user is in it no more.' })
  async remove(
    @CurrentCaller() caller: Caller,
    @Param('id', ConversationPipe) conversationId: string,
    @Param('userId', IdPipe) userId: string,
  ): Promise<void> {
    await this.moderation.remove(speakerOf(caller), { conversationId, userId });
  }

  @Put('conversations/:id/closing')
  @ApiOperation({ summary: 'Closes a conversation, or opens it again' })
  @OfConversation()
  @ApiAnswer(CloseStateDto)
  close(
    @CurrentCaller() caller: Caller,
    @Param('id', ConversationPipe) conversationId: string,
    @Body() { isClosed, reason }: CloseDto,
  ): Promise<CloseStateDto> {
    return this.moderation.close(speakerOf(caller), {
      conversationId,
      ...(isClosed === undefined ? {} : { isClosed }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  @Delete('conversations/:id/messages/:version')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Deletes a message; a tombstone stays' })
  @OfConversation()
  @ApiParam({ name: 'version', description: 'Version of the message' })
  @ApiNoContentResponse({ description: 'It is deleted.' })
  async deleteMessage(
    @CurrentCaller() caller: Caller,
    @Param('id', ConversationPipe) conversationId: string,
    @Param('version', VersionPipe) version: number,
  ): Promise<void> {
    await this.messages.delete(speakerOf(caller), { conversationId, version });
  }

  @Post('broadcasts')
  @ApiOperation({
    summary: 'Says something to all drivers, all passengers, or the drivers in an area',
    description:
      'It comes on /chat at once, and stays there for who connects later. Recipients in an area ' +
      'do not learn of each other.',
  })
  @ApiIdempotencyKey('Names the broadcast: sent again it is said once')
  @ApiAnswer(BroadcastSentDto, { status: HttpStatus.CREATED, description: 'Said.' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'RATE_LIMITED', 'CONFLICT', 'NOT_FOUND')
  async broadcast(
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
    @Body() { audience, text, area }: BroadcastDto,
  ): Promise<BroadcastSentDto> {
    const isInArea = audience === BroadcastAudience.driversInArea;
    if (isInArea !== (area !== undefined))
      throw new RequestError('VALIDATION_FAILED', {
        details: ['area belongs to drivers_in_area, and must be there then'],
      });
    const speaker = speakerOf(caller);
    const name = key ?? randomUUID();
    const { message, recipients } = isInArea
      ? await this.broadcasts.toDriversIn(speaker, area ?? [], text, name)
      : await this.broadcasts.toAll(speaker, audience, text, name);
    return { conversationId: message.conversationId, messageId: message.id, recipients };
  }
}

function speakerOf(caller: Caller): ChatCaller {
  if (caller.kind === 'api-key') return COMPANY;
  const { userId, userType } = caller.principal;
  return { userId, userType };
}
