/** What pages need of the streets: nothing of Node. */
export * from './route-search.js';
export * from './stored-streets.js';
export * from './street-graph.js';
