export { type ConfigType } from '@nestjs/config';
export * from './client-environment.js';
export { ConfigModule } from './config.module.js';
export * from './environment.js';
export * from './misspelled-variables.js';
export * from './origin.js';
export { environmentSchema, type Environment } from './environment.schema.js';
export * from './slices/index.js';
