import { Module } from '@nestjs/common';
import { ExportsModule } from '#libs/exports';
import { AdminDeadLettersController } from './admin-dead-letters.controller.js';

@Module({ imports: [ExportsModule], controllers: [AdminDeadLettersController] })
export class ExportsRestModule {}
