import { type DirectedResult, type DirectedScenario } from './directed-run.js';
import { type HandshakeResult, type HandshakeScenario } from './handshake-scenario.js';
import { type IdleResult, type IdleScenario } from './idle-run.js';
import { type NearbyResult, type NearbyScenario } from './nearby-run.js';
import { type PointersResult, type PointersScenario } from './pointers-run.js';
import { type RoomResult, type RoomScenario } from './room-run.js';
import { type PingResult, type PingScenario } from './ping-scenario.js';
import { type TripMessagesScenario } from './trip-messages-run.js';
import { type SnapshotResult, type SnapshotScenario } from './viewport-snapshot-run.js';
import { type VisitorsResult, type VisitorsScenario } from './visitors-run.js';

export type LoadRequest =
  | PingScenario
  | IdleScenario
  | HandshakeScenario
  | DirectedScenario
  | TripMessagesScenario
  | NearbyScenario
  | PointersScenario
  | RoomScenario
  | SnapshotScenario
  | VisitorsScenario;

/** What each scenario answers. */
export interface ResultOf {
  pings: PingResult;
  idle: IdleResult;
  handshakes: HandshakeResult;
  directed: DirectedResult;
  'trip-messages': DirectedResult;
  nearby: NearbyResult;
  pointers: PointersResult;
  room: RoomResult;
  snapshots: SnapshotResult;
  visitors: VisitorsResult;
}

export type LoadResponse =
  | { kind: 'checkpoint'; name: string }
  | { kind: 'result'; result: object }
  | { kind: 'failed'; reason: string };

export type LoadMessage = LoadRequest | { kind: 'go-on' };
