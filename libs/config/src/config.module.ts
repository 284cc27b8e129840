import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Configuration, toConfiguration } from './configuration.js';
import { type Environment } from './environment.schema.js';

@Global()
@Module({})
export class ConfigModule {
  static from(environment: Environment): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: Configuration, useValue: toConfiguration(environment) }],
      exports: [Configuration],
    };
  }
}
