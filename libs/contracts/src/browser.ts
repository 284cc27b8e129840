/**
 * What a client needs of the contract: events, payloads, codes, names. No decorators and nothing of
 * Node, so that pages and apps can bundle it.
 */
export * from './ack.js';
export * from './principal.js';
export * from './availability.js';
export * from './conversation.js';
export * from './decimal.js';
export * from './point.js';
export * from './error-codes.js';
export * from './exported-fact.js';
export * from './fare.js';
export * from './rooms.js';
export * from './fix.js';
export * from './instant.js';
export * from './namespaces.js';
export * from './nesting.js';
export * from './events/notification.events.js';
export * from './events/session.events.js';
export * from './events/share.events.js';
export * from './text.js';
export * from './trip.js';
export * from './trip-history.js';
export * from './dto/idempotency-key.js';
export * from './events/admin.events.js';
export * from './events/chat.events.js';
export * from './events/old-chat.events.js';
export * from './events/cursor.events.js';
export * from './events/drivers.events.js';
export * from './events/facts.js';
export * from './events/passengers.events.js';
export * from './events/presence.events.js';
export * from './events/requests.js';
export * from './events/tracking.events.js';
export * from './events/trip.events.js';
export * from './events/visitors.events.js';
