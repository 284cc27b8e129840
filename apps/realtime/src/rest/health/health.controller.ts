import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type Response } from 'express';
import { Revocations } from '#libs/auth';
import { RedisCommands, ShardSubscriber } from '#libs/redis';
import { Admission } from '../../socket/connection/admission.js';
import { Public } from '../access.js';

/** What the load balancer asks: does the process live, and should it get traffic. */
@Public()
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    private readonly redis: RedisCommands,
    private readonly subscriber: ShardSubscriber,
    private readonly revocations: Revocations,
    private readonly admission: Admission,
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(@Res() response: Response): void {
    response.json({ status: 'ok' });
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res() response: Response): Promise<void> {
    // One that is only behind is about to know.
    await this.revocations.settled();
    const writeRefusal = await this.redis.writeRefusal();
    const checks = {
      redis: writeRefusal === undefined,
      subscriptions: this.subscriber.isConnected,
      revocations: this.revocations.standing === 'current',
      accepting: !this.admission.isDraining,
    };
    const ready = Object.values(checks).every(Boolean);
    response.status(ready ? 200 : 503).json({
      status: ready ? 'ok' : 'unavailable',
      checks,
      ...(writeRefusal === undefined ? {} : { reason: `Redis takes no write: ${writeRefusal}` }),
      connections: this.admission.size,
    });
  }
}
