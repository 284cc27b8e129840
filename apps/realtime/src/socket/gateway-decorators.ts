/** What gateways use beside the decorators of Nest, also those that a company adds. */
export { Welcomes } from './connection/namespace-welcome.js';
export { Ack, CurrentUser, type AckFunction } from './request/request-parameters.decorator.js';
export {
  EncodeAnswer,
  EveryNamespace,
  RequestCost,
  Volatile,
} from './request/request-policy.decorator.js';
