import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type Response } from 'express';
import { Revocations } from '#libs/auth';
import { InstanceDirectory } from '#libs/instances';
import { RedisCommands, ShardSubscriber } from '#libs/redis';
import { Admission } from '../../socket/connection/admission.js';
import { PressureWatch } from '../../socket/connection/pressure-watch.js';
import { Public } from '../access.js';

/** Who asks has an answer soon, also from an instance that does not catch up. */
const CATCH_UP_WITHIN_MS = 1_000;

/** What is asked about this instance, and why the answer is no. */
type Checks = Record<string, { ok: boolean; reason: string }>;

/**
 * What load balancers and orchestrators ask: does the process live, has it started, should it get
 * traffic. Each no has its reasons.
 */
@Public()
@ApiExcludeController()
@Controller('health')
export class HealthController {
  private hasStarted = false;
  /** Those who ask meanwhile get the same answer. */
  private asking: Promise<string | undefined> | undefined;

  constructor(
    private readonly redis: RedisCommands,
    private readonly subscriber: ShardSubscriber,
    private readonly revocations: Revocations,
    private readonly admission: Admission,
    private readonly pressure: PressureWatch,
    private readonly directory: InstanceDirectory,
  ) {}

  /** Nothing but the process itself: an orchestrator that gets no answer starts it anew. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(@Res() response: Response): void {
    response.json({ status: 'ok' });
  }

  /** Once yes, it stays yes: what comes later is for `ready`. */
  @Get('startup')
  @Header('Cache-Control', 'no-store')
  startup(@Res() response: Response): void {
    const checks: Checks = {
      revocations: {
        ok: this.revocations.standing !== 'cutOff',
        reason: 'what was revoked is not known yet',
      },
      registered: {
        ok: this.directory.isRegistered,
        reason: 'the address for the other instances is not in Redis yet',
      },
    };
    this.hasStarted ||= failuresOf(checks).length === 0;
    const reasons = this.hasStarted ? [] : failuresOf(checks);
    const started = reasons.length === 0;
    response
      .status(started ? 200 : 503)
      .json({ status: started ? 'ok' : 'starting', ...(started ? {} : { reasons }) });
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res() response: Response): Promise<void> {
    // One that is only behind is about to know.
    if (this.revocations.standing === 'behind')
      await Promise.race([this.revocations.settled(), pause(CATCH_UP_WITHIN_MS)]);
    this.asking ??= this.redis.writeRefusal().finally(() => (this.asking = undefined));
    const writeRefusal = await this.asking;
    const reason = `Redis takes no write: ${writeRefusal}`;
    const { standing } = this.revocations;
    const pressure = this.pressure.reason;
    const checks: Checks = {
      redis: { ok: writeRefusal === undefined, reason },
      subscriptions: {
        ok: this.subscriber.isConnected,
        reason: 'the connection for messages of other instances is lost',
      },
      revocations: {
        ok: standing === 'current',
        reason:
          standing === 'behind'
            ? 'it is behind with reading revocations'
            : 'revocations of the last moments may be missing',
      },
      pressure: { ok: pressure === undefined, reason: pressure ?? '' },
      accepting: { ok: !this.admission.isDraining, reason: 'it is shutting down' },
    };
    const reasons = failuresOf(checks);
    const ready = reasons.length === 0;
    const outcomes = Object.entries(checks).map(([name, { ok }]) => [name, ok] as const);
    response.status(ready ? 200 : 503).json({
      status: ready ? 'ok' : 'unavailable',
      checks: Object.fromEntries(outcomes),
      ...(ready ? {} : { reasons }),
      ...(writeRefusal === undefined ? {} : { reason }),
      connections: this.admission.size,
    });
  }
}

function failuresOf(checks: Checks): string[] {
  return Object.values(checks)
    .filter(({ ok }) => !ok)
    .map(({ reason }) => reason);
}
