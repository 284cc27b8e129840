import { Module } from '@nestjs/common';
import { ChatModule } from '#libs/chat';
import { ChatModerationController } from './chat-moderation.controller.js';

@Module({ imports: [ChatModule], controllers: [ChatModerationController] })
export class ChatRestModule {}
