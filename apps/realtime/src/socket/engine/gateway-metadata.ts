/** Where Nest keeps what gateways and their methods are decorated with: paths deep in its packages. */
export {
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PARAMTYPES_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/internal';
export {
  GATEWAY_METADATA,
  GATEWAY_OPTIONS,
  MESSAGE_METADATA,
  PARAM_ARGS_METADATA,
} from '@nestjs/websockets/constants.js';
export { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';
export { WsParamsFactory } from '@nestjs/websockets/factories/ws-params-factory.js';
