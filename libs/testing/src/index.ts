export * from './access-token.js';
export * from './cluster.js';
export * from './modules.js';
export * from './test-client.js';
export * from './tcp-proxy.js';
export * from './test-environment.js';
export * from './until.js';
