import { ModulesContainer } from '@nestjs/core';
import { ExternalContextCreator } from '@nestjs/core/helpers/external-context-creator.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace } from '#libs/contracts';
import { Metrics } from '#libs/observability';
import { Welcomes } from '../src/socket/connection/namespace-welcome.js';
import { RequestMeasures } from '../src/socket/request/request-measures.js';
import { RequestRoutes } from '../src/socket/request/request-routes.js';
import { until } from '#libs/testing';
import { NAMESPACE_OF, TestCluster } from './cluster.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

const NAMESPACES = Object.values(Namespace);

@Welcomes(Namespace.chat)
class SecondChatWelcome {
  welcome(): void {}
}

describe('the order in which clients are welcomed', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1, extraModules: [TrialModule] });
  });
  afterAll(() => cluster.close());

  const provider = <T>(type: new (...args: never[]) => T): T =>
    cluster.instances[0]!.app.get<T>(type, { strict: false });
  const routesOf = (modules: ModulesContainer): RequestRoutes => {
    const routes = new RequestRoutes(
      modules,
      provider(ExternalContextCreator),
      new RequestMeasures(new Metrics()),
    );
    routes.discover(NAMESPACES);
    return routes;
  };
  const namesIn = (routes: RequestRoutes) =>
    NAMESPACES.map((namespace) => [
      routes.welcomeOf(namespace).constructor.name,
      ...routes.gateways(namespace).map((gateway) => gateway.constructor.name),
    ]);

  it('[NSP1] does not depend on the order of modules', () => {
    const modules = provider(ModulesContainer);
    const reversed = new ModulesContainer();
    for (const [key, module] of [...modules].toReversed()) reversed.set(key, module);
    expect([...reversed.keys()]).not.toEqual([...modules.keys()]);
    expect(namesIn(routesOf(reversed))).toEqual(namesIn(provider(RequestRoutes)));
  });

  it('[NSP1] says hello first in every namespace, and a gateway of others comes after it', async () => {
    for (const userType of ['driver', 'passenger', 'admin'] as const) {
      const client = await cluster.connect(await cluster.addUser(userType), 0, {
        slowWelcome: NAMESPACE_OF[userType] === Namespace.passengers,
      });
      expect(client.received[0]).toMatchObject({ event: 'hello' });
    }
    const trial = provider(TrialGateway);
    await until('its turn has come', () => trial.held === 1);
    trial.release();
  });

  it('[NSP1] is one welcome a namespace: a second one stops the start', () => {
    const modules = new ModulesContainer();
    for (const [key, module] of provider(ModulesContainer)) modules.set(key, module);
    const [last] = [...modules.values()].slice(-1);
    last!.addProvider(SecondChatWelcome);
    const wrapper = last!.providers.get(SecondChatWelcome)!;
    wrapper.instance = new SecondChatWelcome();
    expect(() => routesOf(modules)).toThrow(
      /ChatGateway.*SecondChatWelcome|Both .* welcome \/chat/,
    );
    last!.providers.delete(SecondChatWelcome);
  });
});
