import { getConfigToken, registerAs } from '@nestjs/config';
import { type Environment } from './environment.schema.js';

/**
 * One part of the settings, for providers that need it:
 * `@Inject(httpConfig.KEY) private readonly settings: ConfigType<typeof httpConfig>`.
 * A slice is read from the environment that an instance was given and never from that of the
 * process, so that two instances in one process have settings of their own.
 */
export function slice<Values extends object>(
  name: string,
  read: (environment: Environment) => Values,
) {
  return Object.assign((environment: Environment) => read(environment), {
    KEY: getConfigToken(name),
    /** What `ConfigModule.forRoot` loads for an instance with this environment. */
    register: (environment: Environment) => registerAs(name, () => read(environment)),
  });
}
