/** What `xl` is told and says (Xen 4.17). Pure. */
import { describeEnd } from '../../system/programs.ts';
import { lastLine, oneLine } from '../../system/said.ts';
import { answered, silent } from './calls.ts';
import type { PlainTool } from './plain.ts';

export const xlTool: PlainTool = {
  lookWords: () => ['xl', 'list'],

  /** A guest on its way has another name on either side: `db7--incoming`, `db7--migratedaway`. */
  whereOf(ended, domain) {
    const [head = '', ...lines] = ended.stdout.split('\n');
    if (ended.exit !== 0 || ended.cut || !/^Name\s+ID\s/.test(head)) {
      return silent(`xl doesn't answer (${describeEnd(ended)})`);
    }
    const names = lines.map((line) => /^\S+/.exec(line)?.[0]);
    if (names.includes(`${domain}--incoming`)) return answered({ here: 'incoming' });
    if (names.includes(`${domain}--migratedaway`)) return answered({ here: 'leaving' });
    return answered({ here: names.includes(domain) ? 'yes' : 'no' });
  },

  moveWords: (domain, target) => ['xl', 'migrate', domain, target],

  /** The line that tells the cause stands before what xl did about it. */
  reasonOf(said) {
    const lines = said.split('\n').map((line) => line.trim());
    const telling = lines.find((line) => CAUSES.some((cause) => cause.test(line)));
    return oneLine(telling ?? lastLine(said)) || 'xl failed and said nothing';
  },
};

const CAUSES: readonly RegExp[] = [
  /is an invalid domain identifier/,
  /Failed to populate physmap/,
  /already exists/,
  /^ssh: /,
  /^Host key verification failed/,
  /Permission denied/,
  /Failed to enable logdirty/,
];
