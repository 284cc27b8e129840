import 'reflect-metadata';

export * from './browser.js';
export * from './email-contact.js';
export * from './dto/cursor.dto.js';
export * from './dto/map.dto.js';
export * from './dto/old-chat.dto.js';
export * from './dto/notification.dto.js';
export * from './dto/page.dto.js';
export * from './dto/presence.dto.js';
export * from './dto/auth-refresh.dto.js';
export * from './dto/field-decorators.js';
export * from './dto/driver-location-ping.dto.js';
export * from './dto/driver-availability.dto.js';
export * from './dto/tracking.dto.js';
export * from './dto/trip-commands.dto.js';
export * from './dto/trip-request.dto.js';
export * from './dto/typing.dto.js';
export * from './dto/chat.dto.js';
