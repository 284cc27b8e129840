import { type ConfigType, type locationConfig } from '#libs/config';
import {
  FixVerdict,
  ImplausibleReason,
  type Fix,
  type FixInput,
  type FixResult,
  type LocationPingResult,
} from '#libs/contracts';
import { type Tracing } from '#libs/observability';
import { cellOf } from './cell.js';
import { FixKind, type FixWrite } from './fix-batch.js';
import { readFix, timeGivenIn } from './fix-plausibility.js';
import { LocationWriter } from './location-writer.js';
import { type LocationStore, type StoreVerdict } from './location.store.js';
import { refuseImplausible, codeOfReason, type FixNotices } from './refused-fixes.js';
import { type ReportingDevice } from './reporting-device.js';

/** Stands in for what is no object. */
const NOTHING: FixInput = {};

/** The way of a ping from its payload into the store. */
export class FixRecorder {
  private readonly writer: LocationWriter;
  /** Two fixes without a time are two, also when they come in the same millisecond. */
  private newestUntimed = 0;

  constructor(
    private readonly settings: ConfigType<typeof locationConfig>,
    private readonly store: LocationStore,
    private readonly notices: FixNotices,
    private readonly tracing: Tracing,
  ) {
    this.writer = new LocationWriter(store, settings.writeIntervalMs);
  }

  /** See LocationService. @param refuses whether a ping of nothing but implausible fixes is refused */
  record(
    driverId: string,
    inputs: readonly FixInput[],
    connectionEpoch: number,
    device: ReportingDevice | undefined,
    refuses: boolean,
  ): Promise<LocationPingResult> {
    const now = Date.now();
    const untimedAt = Math.max(now, this.newestUntimed);
    const results: FixResult[] = [];
    const writes: FixWrite[] = [];
    let timed: FixWrite[] | undefined;
    for (let i = 0; i < inputs.length; i += 1) {
      const input = asInput(inputs[i]);
      const fix = readFix(input, now, i, connectionEpoch, this.settings);
      if (typeof fix === 'string') {
        results.push({ verdict: FixVerdict.implausible, reason: fix });
        writes.push(refusal(driverId, fix, now));
        continue;
      }
      results.push(
        fix.sequence === undefined
          ? { verdict: FixVerdict.stored }
          : { verdict: FixVerdict.stored, sequence: fix.sequence },
      );
      const write: FixWrite = {
        driverId,
        fix,
        kind: FixKind.timed,
        receivedAt: now,
        cell: cellOf(fix.lat, fix.lng),
        aheadMs: 0,
        connectionEpoch,
      };
      writes.push(write);
      if (timeGivenIn(input) === undefined) this.setUntimed(write, untimedAt, i);
      else if (timed) timed.push(write);
      else timed = [write];
    }
    const retimed = timed && device?.correct(timed, now);
    if (retimed && retimed.length > 0) writes.push(...retimed);
    const { verdicts, first } = this.writer.submit(
      this.store.shardOf(driverId),
      writes,
      this.tracing.keptTraceparent,
    );
    // No async function and one promise a ping: thousands wait at a time, and each is memory.
    return verdicts.then((letters) => {
      for (let i = 0; i < results.length; i += 1) {
        applyVerdict(results[i]!, letters[first + i] as StoreVerdict);
      }
      if (letters[first] === 'O') this.notices.offDuty(driverId);
      const result = { results, serverTime: now };
      return refuses ? refuseImplausible(result) : result;
    });
  }

  /** The time of receipt, plus a little for each that came before. */
  private setUntimed(write: FixWrite, at: number, index: number): void {
    const step = 0.001;
    write.kind = FixKind.untimed;
    write.fix.timestamp = at + (index + 1) * step;
    this.newestUntimed = write.fix.timestamp;
  }
}

function asInput(raw: FixInput | undefined): FixInput {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw : NOTHING;
}

/** A fix that is counted and not kept; the code of its reason stands where its epoch would. */
function refusal(driverId: string, reason: ImplausibleReason, receivedAt: number): FixWrite {
  const fix: Fix = { lat: 0, lng: 0, timestamp: receivedAt, epoch: codeOfReason(reason) };
  const kind = FixKind.refused;
  return { driverId, fix, kind, receivedAt, cell: 0, aheadMs: 0, connectionEpoch: 0 };
}

function applyVerdict(result: FixResult, verdict: StoreVerdict): void {
  if (verdict === 'T') result.verdict = FixVerdict.stale;
  else if (verdict === 'D') result.verdict = FixVerdict.duplicate;
  else if (verdict === 'O') result.verdict = FixVerdict.offDuty;
  else if (verdict === 'J') {
    result.verdict = FixVerdict.implausible;
    result.reason = ImplausibleReason.jump;
  }
}
