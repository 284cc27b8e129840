import {
  CanActivate,
  ForbiddenException,
  Injectable,
  Module,
  ParseIntPipe,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { IsInt, IsString, Max } from 'class-validator';
import { map, of, type Observable } from 'rxjs';
import { Namespace, RequestError } from '#libs/contracts';
import { type RealtimeSocket } from '../src/socket/realtime-socket.js';
import { Volatile } from '../src/socket/request/request-policy.decorator.js';
import { SocketModule } from '../src/socket/socket.module.js';

class TrialDto {
  @IsInt()
  @Max(10)
  count!: number;

  @IsString()
  name!: string;
}

@Injectable()
class OddOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (context.switchToWs().getData() as { count?: number }).count !== 2;
  }
}

@Injectable()
class WrapInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => ({ wrapped: value })));
  }
}

/** Requests that no real gateway would serve, on the namespace that has none of its own yet. */
@WebSocketGateway({ namespace: Namespace.passengers })
export class TrialGateway {
  readonly handled: unknown[] = [];
  readonly left: string[] = [];
  private readonly releases: (() => void)[] = [];

  get held(): number {
    return this.releases.length;
  }

  /** Ends all `trial:hold` that hang. */
  release(): void {
    for (const release of this.releases.splice(0)) release();
  }

  /** A client may ask for a welcome that takes until the next `release`. */
  async handleConnection(socket: RealtimeSocket): Promise<void> {
    const { slowWelcome } = socket.handshake.auth as { slowWelcome?: boolean };
    if (!slowWelcome) return;
    await new Promise<void>((resolve) => this.releases.push(resolve));
    await socket.join('trial:late');
  }

  handleDisconnect(socket: RealtimeSocket): void {
    this.left.push(socket.data.principal.userId);
    throw new Error('saying goodbye fails');
  }

  @SubscribeMessage('trial:hold')
  async hold(@MessageBody() value: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => this.releases.push(resolve));
    this.handled.push(value);
    return value;
  }

  /** Only the newest counts; each is handled until the next `release`. */
  @Volatile()
  @SubscribeMessage('trial:pointer')
  async point(@MessageBody() value: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => this.releases.push(resolve));
    this.handled.push(value);
    return value;
  }

  @SubscribeMessage('trial:echo')
  echo(@MessageBody() value: unknown): unknown {
    this.handled.push(value);
    return value;
  }

  @SubscribeMessage('trial:throw')
  throw(@MessageBody() how: string): never {
    if (how === 'coded') throw new RequestError('CONFLICT', { details: { taken: 'seat' } });
    if (how === 'ws') throw new WsException('not now');
    if (how === 'http') throw new ForbiddenException('not you');
    if (how === 'string') throw 'a string';
    throw new Error('the password is 1234');
  }

  @SubscribeMessage('trial:odd-result')
  oddResult(@MessageBody() kind: string): unknown {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const results: Record<string, unknown> = {
      nothing: undefined,
      null: null,
      bigint: { amount: 1n },
      cyclic,
      event: { event: 'trial:echo', data: 1 },
      observable: of(1, 2),
      bytes: { bytes: Buffer.from('abc') },
    };
    return results[kind];
  }

  @SubscribeMessage('trial:checked')
  checked(@MessageBody() request: TrialDto): unknown {
    return { ...request };
  }

  @UseGuards(OddOnlyGuard)
  @UseInterceptors(WrapInterceptor)
  @SubscribeMessage('trial:guarded')
  guarded(@MessageBody() request: { count: number }, @ConnectedSocket() socket: RealtimeSocket) {
    return { count: request.count, userId: socket.data.principal.userId };
  }

  @SubscribeMessage('trial:piped')
  piped(@MessageBody('count', new ParseIntPipe()) count: number): number {
    return count;
  }
}

@Module({ imports: [SocketModule], providers: [TrialGateway] })
export class TrialModule {}
