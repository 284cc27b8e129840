import { request as sendRequest, STATUS_CODES, type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { type InstanceContact } from '#libs/instances';
import { Admission } from '../connection/admission.js';
import {
  admissionRefusal,
  HandshakeRefusals,
  type HandshakeRefusal,
} from '../connection/handshake-refusal.js';
import { forwardedHeaders } from './forwarded-request.js';
import { DIAL_TIMEOUT_MS } from './request-forwarder.js';

/** An owner upgrades at once; one that does not is frozen or cut off. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Beyond the time after which Engine.IO itself gives a silent client up. */
const SILENCE_MARGIN_MS = 10_000;

/**
 * Passes a WebSocket on to the instance that its session lives on, byte by byte, for as long as it
 * lives. A relayed connection counts as one of this instance.
 */
@Injectable()
export class UpgradeRelay {
  private readonly relayed = new Set<Socket>();
  private dialling = 0;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly admission: Admission,
  ) {}

  /** The clients whose WebSockets go through here. */
  get clients(): ReadonlySet<Socket> {
    return this.relayed;
  }

  /** @returns why the client has to be refused; undefined when it is connected, or has gone */
  async relay(
    request: IncomingMessage,
    client: Socket,
    head: Buffer,
    owner: InstanceContact,
    address: string,
  ): Promise<HandshakeRefusal | undefined> {
    // It stays with polling, which any instance serves.
    if (this.admission.isDraining) return admissionRefusal('SERVER_DRAINING');
    if (this.admission.isFull || this.dialling >= this.settings.connectsPerSecond)
      return admissionRefusal('SERVER_FULL');
    this.dialling += 1;
    try {
      const upgraded = await this.dial(request, client, owner, address);
      if ('refusal' in upgraded) {
        client.end(upgraded.refusal, () => client.destroy());
        return undefined;
      }
      this.connect(client, head, upgraded, address);
      return undefined;
    } catch {
      return HandshakeRefusals.sessionUnknown;
    } finally {
      this.dialling -= 1;
    }
  }

  private dial(
    request: IncomingMessage,
    client: Socket,
    { host, port, key }: InstanceContact,
    address: string,
  ): Promise<{ owner: Socket; head: Buffer; answer: string } | { refusal: string }> {
    return new Promise((resolve, reject) => {
      const headers = forwardedHeaders(request, address, key);
      const outgoing = sendRequest({
        host,
        port,
        path: request.url,
        agent: false,
        headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket' },
      });
      const dial = setTimeout(() => outgoing.destroy(new Error('no connection')), DIAL_TIMEOUT_MS);
      const wait = setTimeout(() => outgoing.destroy(new Error('no answer')), ANSWER_TIMEOUT_MS);
      const giveUp = () => outgoing.destroy(new Error('the client has gone'));
      client.once('close', giveUp);
      const settle = () => {
        clearTimeout(dial);
        clearTimeout(wait);
        client.off('close', giveUp);
      };
      outgoing.once('socket', (socket) => socket.once('connect', () => clearTimeout(dial)));
      outgoing.once('upgrade', (answer, owner: Socket, head) => {
        settle();
        resolve({ owner, head, answer: headOf(answer) });
      });
      outgoing.once('response', (answer) => {
        settle();
        answer.setEncoding('utf8');
        let body = '';
        answer.on('data', (text: string) => (body += text));
        answer.once('end', () => resolve({ refusal: headOf(answer) + body }));
        answer.once('error', reject);
      });
      outgoing.once('error', (error) => {
        settle();
        reject(error);
      });
      outgoing.end();
    });
  }

  private connect(
    client: Socket,
    clientHead: Buffer,
    { owner, head, answer }: { owner: Socket; head: Buffer; answer: string },
    address: string,
  ): void {
    const { pingIntervalMs, pingTimeoutMs } = this.settings;
    if (client.destroyed || this.admission.isDraining) {
      client.destroy();
      owner.destroy();
      return;
    }
    this.relayed.add(client);
    this.admission.enter(address);
    for (const [from, to] of [
      [client, owner],
      [owner, client],
    ] as const) {
      from.setNoDelay(true);
      // Two ends that vanished without a word would stay for ever.
      from.setTimeout(pingIntervalMs + pingTimeoutMs + SILENCE_MARGIN_MS, () => from.destroy());
      from.on('error', ignore);
      from.once('close', () => to.destroy());
    }
    client.once('close', () => {
      this.relayed.delete(client);
      this.admission.leave(address);
    });
    client.write(answer);
    client.write(head);
    owner.write(clientHead);
    client.pipe(owner);
    owner.pipe(client);
  }
}

/** Status line and headers, as the owner sent them. */
function headOf({ statusCode = 502, statusMessage, rawHeaders }: IncomingMessage): string {
  let head = `HTTP/1.1 ${statusCode} ${statusMessage ?? STATUS_CODES[statusCode]}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2)
    head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return `${head}\r\n`;
}

function ignore(): void {}
