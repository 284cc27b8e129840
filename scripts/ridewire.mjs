#!/usr/bin/env node
// `npx ridewire`: the launcher prepares what the command line needs, then runs it.
process.argv.splice(2, 0, 'ridewire');
await import('./run.mjs');
