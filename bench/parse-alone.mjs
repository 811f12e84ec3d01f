/** Reads a trace with the program's own parser and does nothing with it: what simulate is held against. */
import { Collector } from '../dist/cli/simulate/collector.js';
import { readTraces } from '../dist/cli/simulate/trace-files.js';

const wanted = { probes: new Set(['slow']), fromMs: -Infinity, toMs: Infinity };
let readings = 0;
for (const batch of readTraces(process.argv.slice(2), new Collector(wanted), () => undefined)) {
  readings += batch.length;
}
if (readings === 0) throw new Error('no readings');
