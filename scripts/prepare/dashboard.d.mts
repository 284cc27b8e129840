/** Builds the dispatcher's page where a source of it changed. */
export function ensureDashboard(): Promise<void>;
