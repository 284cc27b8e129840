export { Typing, type Typists } from './chat/typing.js';
