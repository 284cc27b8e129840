import { type IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { clientAddressOf, networkOf } from '#libs/auth';
import { httpConfig, socketsConfig, type ConfigType } from '#libs/config';
import { type ErrorCode } from '#libs/contracts';
import { KeyedBudgets, RateBudget } from '#libs/limits';
import { PressureWatch } from './pressure-watch.js';

/** Decides about a connection before anything is spent on it: shutdown, room, pace. */
@Injectable()
export class Admission {
  /** By IPv4 address, and by network in IPv6. */
  private readonly byNetwork = new Map<string, number>();
  private readonly pace: RateBudget;
  private readonly addressPace: KeyedBudgets;
  private connections = 0;
  private enteredCount = 0;
  private draining = false;

  constructor(
    @Inject(socketsConfig.KEY) private readonly socketSettings: ConfigType<typeof socketsConfig>,
    @Inject(httpConfig.KEY) private readonly httpSettings: ConfigType<typeof httpConfig>,
    private readonly pressure: PressureWatch,
  ) {
    const { connectsPerSecond, connectsPerSecondPerAddress } = socketSettings;
    this.addressPace = KeyedBudgets.plain({
      ratePerSecond: connectsPerSecondPerAddress,
      rateBurst: connectsPerSecondPerAddress,
    });
    this.pace = new RateBudget(
      { ratePerSecond: connectsPerSecond, rateBurst: connectsPerSecond },
      Date.now(),
    );
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get size(): number {
    return this.connections;
  }

  /** Connections that were let in since the start. */
  get entered(): number {
    return this.enteredCount;
  }

  /** Connections that fit in. */
  get limit(): number {
    return this.socketSettings.maxConnections;
  }

  get isFull(): boolean {
    return this.connections >= this.socketSettings.maxConnections;
  }

  /** From now on nobody is let in. */
  close(): void {
    this.draining = true;
  }

  /** The code of the refusal, or undefined to let the connection in. */
  refusalOf(request: IncomingMessage): ErrorCode | undefined {
    const { maxConnectionsPerAddress } = this.socketSettings;
    if (this.draining) return 'SERVER_DRAINING';
    if (this.isFull || this.pressure.reason !== undefined) return 'SERVER_FULL';
    const network = networkOf(this.addressOf(request));
    if ((this.byNetwork.get(network) ?? 0) >= maxConnectionsPerAddress)
      return 'TOO_MANY_CONNECTIONS';
    const now = Date.now();
    if (this.addressPace.take(network, 1, now) > 0) return 'RATE_LIMITED';
    if (this.pace.tryTake(1, now) === 0) return undefined;
    // That many others come at once is not for this address to pay.
    this.addressPace.giveBack(network, 1);
    return 'SERVER_FULL';
  }

  /**
   * Counts a try to enter a namespace as a connection of its address.
   * @returns how long to wait, ms; 0 for not at all
   */
  waitToTryAgain(network: string): number {
    return this.addressPace.take(network, 1, Date.now());
  }

  enter(address: string): void {
    this.connections += 1;
    this.enteredCount += 1;
    const network = networkOf(address);
    this.byNetwork.set(network, (this.byNetwork.get(network) ?? 0) + 1);
  }

  leave(address: string): void {
    this.connections -= 1;
    const network = networkOf(address);
    const rest = (this.byNetwork.get(network) ?? 1) - 1;
    if (rest > 0) this.byNetwork.set(network, rest);
    else this.byNetwork.delete(network);
  }

  /** The client's address as the nearest trusted proxies wrote it. */
  addressOf(request: IncomingMessage): string {
    return clientAddressOf(request, this.httpSettings.trustProxyHops);
  }
}
