import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { Admission } from './admission.js';
import { Broadcaster } from './broadcaster.js';
import { ConnectionGuard } from './connection-guard.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';
import { ConnectionRegistry } from './connection-registry.js';
import { ConnectionSweep } from './connection-sweep.js';
import { Drain } from './drain.js';
import { MemoryRelease } from './memory-release.js';
import { NamespaceAuthentication } from './namespace-authentication.js';
import { RequestDispatcher } from './request-dispatcher.js';
import { RequestRoutes } from './request-routes.js';
import { SessionRequests } from './session.requests.js';
import { SocketServer } from './socket-server.js';

@Module({
  imports: [AuthModule],
  providers: [
    Admission,
    Broadcaster,
    ConnectionGuard,
    ConnectionLifecycle,
    ConnectionRegistry,
    ConnectionSweep,
    Drain,
    MemoryRelease,
    NamespaceAuthentication,
    RequestDispatcher,
    RequestRoutes,
    SessionRequests,
    SocketServer,
  ],
  exports: [
    Admission,
    Broadcaster,
    ConnectionGuard,
    ConnectionRegistry,
    RequestRoutes,
    SocketServer,
  ],
})
export class SocketModule {}
