import { Module } from '@nestjs/common';
import { FaresModule } from '#libs/fares';
import { SurgeController } from './surge.controller.js';

@Module({ imports: [FaresModule], controllers: [SurgeController] })
export class FaresRestModule {}
