import { type Checkpoint } from './checkpoint.js';
import { DirectedRun } from './directed-run.js';
import { runHandshakes } from './handshake-run.js';
import { runIdle } from './idle-run.js';
import { type LoadMessage, type LoadRequest, type LoadResponse } from './load-messages.js';
import { runNearby } from './nearby-run.js';
import { PingRun } from './ping-run.js';
import { runPointers } from './pointers-run.js';
import { RoomRun } from './room-run.js';
import { TripMessagesRun } from './trip-messages-run.js';
import { ViewportSnapshotRun } from './viewport-snapshot-run.js';
import { VisitorsRun } from './visitors-run.js';

/** The load generator: one scenario, then it is done. It ends with the process that started it. */
process.once('disconnect', () => process.exit(1));

let goOn: (() => void) | undefined;

const tell = (response: LoadResponse) => process.send?.(response);

const checkpoint: Checkpoint = (name) =>
  new Promise((resolve) => {
    goOn = resolve;
    tell({ kind: 'checkpoint', name });
  });

process.on('message', (message: LoadMessage) => {
  if (message.kind === 'go-on') {
    goOn?.();
    return;
  }
  run(message).then(
    (result) => tell({ kind: 'result', result }),
    (error: unknown) =>
      tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});

function run(request: LoadRequest): Promise<object> {
  switch (request.kind) {
    case 'pings':
      return new PingRun(request, checkpoint).run();
    case 'idle':
      return runIdle(request, checkpoint);
    case 'handshakes':
      return runHandshakes(request, checkpoint);
    case 'directed':
      return new DirectedRun(request, checkpoint).run();
    case 'trip-messages':
      return new TripMessagesRun(request, checkpoint).run();
    case 'nearby':
      return runNearby(request, checkpoint);
    case 'room':
      return new RoomRun(request, checkpoint).run();
    case 'pointers':
      return runPointers(request, checkpoint);
    case 'snapshots':
      return new ViewportSnapshotRun(request, checkpoint).run();
    case 'visitors':
      return new VisitorsRun(request, checkpoint).run();
  }
}
