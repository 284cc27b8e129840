import 'reflect-metadata';

export * from './browser.js';
export * from './dto/admin-feed-set.dto.js';
export * from './dto/admin-viewport-set.dto.js';
export * from './dto/auth-refresh.dto.js';
export * from './dto/field-decorators.js';
export * from './dto/driver-location-ping.dto.js';
export * from './dto/driver-status-update.dto.js';
export * from './dto/driver-trip-set.dto.js';
export * from './dto/trip-commands.dto.js';
export * from './dto/trip-request.dto.js';
export * from './dto/nearby-subscribe.dto.js';
export * from './dto/place.decorators.js';
