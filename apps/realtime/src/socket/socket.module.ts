import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { namespacePolicies } from '#libs/contracts';
import { InstancesModule } from '#libs/instances';
import { LimitsModule } from '#libs/limits';
import { Admission } from './connection/admission.js';
import { ConnectionGuard } from './connection/connection-guard.js';
import { ConnectionMetrics } from './connection/connection-metrics.js';
import { ConnectionLifecycle } from './connection/connection-lifecycle.js';
import { ConnectionRegistry } from './connection/connection-registry.js';
import { ConnectionSweep } from './connection/connection-sweep.js';
import { Drain } from './connection/drain.js';
import { GuestLimits } from './connection/guest-limits.js';
import { MemoryRelease } from './connection/memory-release.js';
import {
  NAMESPACE_POLICIES,
  NamespaceAuthentication,
} from './connection/namespace-authentication.js';
import { PressureWatch } from './connection/pressure-watch.js';
import { RefusalLogModule } from './connection/refusal-log.js';
import { HttpEntrance } from './engine/http-entrance.js';
import { SocketServer } from './engine/socket-server.js';
import { RequestForwarder } from './forwarding/request-forwarder.js';
import { UpgradeRelay } from './forwarding/upgrade-relay.js';
import { RequestDispatcher } from './request/request-dispatcher.js';
import { RequestMeasures } from './request/request-measures.js';
import { RequestRoutes } from './request/request-routes.js';
import { SharedBudgets } from './request/shared-budgets.js';
import { SessionRequests } from './request/session.requests.js';
import { ByteBudget } from './sending/byte-budget.js';
import { FrameLoops } from './sending/frame-loop.js';
import { Outbox } from './sending/outbox.js';
import { PersonalChannels } from './sending/personal-channels.js';

@Module({
  imports: [AuthModule, InstancesModule, LimitsModule, RefusalLogModule],
  providers: [
    Admission,
    ByteBudget,
    Outbox,
    ConnectionGuard,
    ConnectionLifecycle,
    ConnectionMetrics,
    ConnectionRegistry,
    ConnectionSweep,
    Drain,
    FrameLoops,
    HttpEntrance,
    GuestLimits,
    MemoryRelease,
    NamespaceAuthentication,
    { provide: NAMESPACE_POLICIES, useFactory: () => ({ ...namespacePolicies }) },
    PersonalChannels,
    PressureWatch,
    RequestDispatcher,
    RequestForwarder,
    RequestMeasures,
    RequestRoutes,
    SessionRequests,
    SharedBudgets,
    SocketServer,
    UpgradeRelay,
  ],
  exports: [
    Admission,
    ByteBudget,
    Outbox,
    ConnectionGuard,
    ConnectionRegistry,
    FrameLoops,
    PersonalChannels,
    PressureWatch,
    RequestMeasures,
    RequestRoutes,
    SocketServer,
  ],
})
export class SocketModule {}
