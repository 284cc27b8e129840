export * from './addresses.js';
export * from './basemap.js';
export * from './city-files.js';
export * from './graph-building.js';
export * from './route-search.js';
export * from './street-graph.js';
