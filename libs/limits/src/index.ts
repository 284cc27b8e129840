export * from './budgets.store.js';
export * from './keyed-budgets.js';
export * from './limits.module.js';
export * from './rate-budget.js';
export * from './rate-refusal.js';
export * from './spread-budgets.js';
