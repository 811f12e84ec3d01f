/** What `virsh` is told and says (libvirt 9.0, QEMU). Pure. */
import { describeEnd } from '../../system/programs.ts';
import { lastLine, oneLine } from '../../system/said.ts';
import { answered, silent } from './calls.ts';
import type { PlainTool } from './plain.ts';

const VIRSH = ['virsh', '-c', 'qemu:///system'];

export const virshTool: PlainTool = {
  lookWords: (domain) => [...VIRSH, 'domstate', '--reason', domain],

  /** While a domain is received, and at the switch, it is `paused (migrating)`. */
  whereOf(ended) {
    if (/failed to get domain|Domain not found/.test(ended.stderr)) return answered({ here: 'no' });
    const state = /^([a-z][a-z ]*) \(([a-z -]+)\)\s*$/.exec(ended.stdout);
    if (ended.exit !== 0 || !state) return silent(`virsh doesn't answer (${describeEnd(ended)})`);
    const [, what, why] = state;
    if (what === 'shut off') return answered({ here: 'no' });
    return answered({ here: what === 'paused' && why === 'migrating' ? 'incoming' : 'yes' });
  },

  /** In a session of its own: a virsh that ends cancels the migration. */
  moveWords: (domain, target) => [
    ...['setsid', '-w', ...VIRSH, 'migrate', '--live', '--p2p', '--persistent'],
    ...['--undefinesource', domain, `qemu+ssh://${target}/system`],
  ],

  reasonOf: (said) => oneLine(lastLine(said).replace(/^error: /, '')) || 'virsh failed',

  stopWords: (domain) => [...VIRSH, 'domjobabort', domain],
};
