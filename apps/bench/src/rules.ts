import { DISTURBED } from './disturbance.js';
import { nodeFlags } from './servers/node-flags.js';

/** What makes a run count; printed with the figures. */
export const RULES = [
  'A run in which an ack or a delivery is missing, wrong, too early or too often is INVALID and gives no figure.',
  `A run during which other programs, or the host of a virtual machine, took more than ${DISTURBED * 100} % of a core ` +
    'is made again, up to three times, and the quietest one is kept, while there is spare time (--spare); still disturbed runs count only where a server has no other, and its row says "disturbed". (--quick makes none again.)',
  'Figures are medians of the runs that count, which "runs" names; the servers take turns. CPU is user and system time of the process.',
  `Every server, Ridewire and peers alike, runs with the flags of Node that the launcher gives Ridewire: ${nodeFlags.join(' ')}.`,
  'A run says so when the load generator, or its core, was the bottleneck: its rates and delays are then those of the generator; CPU per ping is not touched.',
];
