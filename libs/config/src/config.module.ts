import { type DynamicModule } from '@nestjs/common';
import { ConfigModule as NestConfigModule } from '@nestjs/config';
import { type Environment } from './environment.schema.js';
import * as slices from './slices/index.js';

/** Gives one instance its settings. */
export const ConfigModule = {
  from(environment: Environment): Promise<DynamicModule> {
    return NestConfigModule.forRoot({
      isGlobal: true,
      cache: true,
      load: Object.values(slices).map((each) => each.register(environment)),
      // The environment was read and checked already. Nest would read it again, and copy what it
      // has read back into the environment of the process, for the next instance to find.
      ignoreEnvFile: true,
      validatePredefined: false,
      skipProcessEnv: true,
    });
  },
};
