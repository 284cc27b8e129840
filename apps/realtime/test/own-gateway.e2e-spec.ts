import { Injectable, Module, type CanActivate, UseGuards } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsString, MaxLength } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace, RequestError, type Principal } from '#libs/contracts';
import { until, type BareSocket } from '#libs/testing';
import {
  Ack,
  CurrentUser,
  RequestCost,
  type AckFunction,
} from '../src/socket/gateway-decorators.js';
import { SocketModule } from '../src/socket/socket.module.js';
import { TestCluster, type TestUser } from './cluster.js';

class PropertyReportDto {
  @IsString()
  @MaxLength(20)
  what: string;
}

@Injectable()
class EverybodyGuard implements CanActivate {
  canActivate = () => true;
}

/** As a company would add one: nothing of it is known to the server. */
@WebSocketGateway({ namespace: Namespace.passengers })
class LostPropertyGateway {
  readonly kept: AckFunction[] = [];

  @RequestCost(2)
  @SubscribeMessage('trial:report')
  report(
    @MessageBody() { what }: PropertyReportDto,
    @CurrentUser('userId') userId: string,
    @Ack() ack: AckFunction<{ number: string }>,
  ): void {
    setImmediate(() => ack({ number: `${userId}/${what}` }));
  }

  @SubscribeMessage('trial:twice')
  twice(@Ack() ack: AckFunction): string {
    ack('first');
    ack('second');
    ack(new Error('third'));
    return 'result';
  }

  @SubscribeMessage('trial:result')
  result(@Ack() _ack: AckFunction): Promise<string> {
    return Promise.resolve('result');
  }

  @SubscribeMessage('trial:refuse')
  refuse(@MessageBody() how: string, @Ack() ack: AckFunction): void {
    if (how === 'throw') throw new RequestError('CONFLICT');
    ack(how === 'coded' ? new RequestError('CONFLICT') : new Error('the password is 1234'));
  }

  @SubscribeMessage('trial:later')
  later(@Ack() ack: AckFunction): void {
    this.kept.push(ack);
  }

  @UseGuards(EverybodyGuard)
  @SubscribeMessage('trial:guarded')
  guarded(
    @CurrentUser() principal: Principal,
    @MessageBody() request: { what: string },
    @Ack() ack: AckFunction,
  ): void {
    ack({ what: request.what, sid: principal.sid, userType: principal.userType });
  }
}

@Module({ imports: [SocketModule], providers: [LostPropertyGateway] })
class LostPropertyModule {}

describe("a company's own gateway", () => {
  let cluster: TestCluster;
  let user: TestUser;
  let client: BareSocket;
  let gateway: LostPropertyGateway;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: { WS_REQUEST_DEADLINE: '3s' },
      extraModules: [LostPropertyModule],
    });
    gateway = cluster.instances[0]!.app.get(LostPropertyGateway);
    user = await cluster.addUser('passenger');
    client = await cluster.connectBare(user, 0);
  });
  afterAll(() => cluster?.close());

  it('[ACK1] @Ack() answers from a callback, and @CurrentUser() names who asked', async () => {
    const answer = await client.ask('trial:report', { what: 'umbrella' });
    expect(answer).toEqual({ number: `${user.userId}/umbrella` });
    const [refused] = await answersOf('trial:report', { what: 7 });
    expect(refused).toMatchObject({ ok: false, error: { code: 'VALIDATION_FAILED' } });
    expect(await client.ask('trial:guarded', { what: 'hat' })).toEqual({
      what: 'hat',
      sid: user.sid,
      userType: 'passenger',
    });
  });

  it('[ACK1] a request is answered once, whatever @Ack() is called with and how often', async () => {
    expect(await answersOf('trial:twice')).toEqual([{ ok: true, data: 'first' }]);
    expect(await answersOf('trial:result')).toEqual([{ ok: true, data: 'result' }]);
    for (const how of ['throw', 'coded']) {
      const [answer] = await answersOf('trial:refuse', how);
      expect(answer).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
    }
    const [answer] = await answersOf('trial:refuse', 'other');
    expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(JSON.stringify(answer)).not.toContain('1234');
  });

  it('[ACK1] an ack that is called too late changes nothing, and holds the socket up no longer', async () => {
    const answers = client.answersTo('trial:later', {});
    const next = client.answersTo('trial:result', {});
    await until('the next is answered', () => next.length === 1);
    expect(answers).toEqual([
      [{ ok: false, error: expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }) }],
    ]);
    gateway.kept[0]!('late');
    expect(await client.ask('trial:report', { what: 'glove' })).toBeDefined();
    expect(answers).toHaveLength(1);
  });

  async function answersOf(event: string, payload: unknown = {}): Promise<unknown[]> {
    const answers = client.answersTo(event, payload);
    await until(`${event} is answered`, () => answers.length > 0);
    // Requests are answered in order: a second answer would have come before this one.
    await client.ask('trial:report', { what: 'nothing' });
    return answers.map(([answer]) => answer);
  }
});
