/** `startup = error`: whether a daemon begins while its probes can't be read. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { Rig, until } from '../support/rig.ts';

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

const probe = (name: string, text: string) => `[probe ${name}]\ninterval = 60s\n${text}\n`;

const missing = (name: string, startup: string) =>
  probe(name, `kind = command\ncommand = /bin/false\nstartup = ${startup}`);

const difference = () =>
  probe('slow', `kind = mysql\nuser = root\nsocket = ${database.socket}\nstartup = error`);

const conf = (...probes: string[]) => `
[array]
hosts = h1, h2
spread = no
${probes.join('\n')}
[policy p]
kind = threshold-aware
probe = slow
suffering = > 50 for 3
[migrator]
kind = local
`;

describe('startup = error', () => {
  it('ends the daemon with status 1 and every reason, before anything is written', async () => {
    const rig = new Rig(conf(difference(), missing('mails', 'error'), missing('jobs', 'error')));
    const daemon = rig.start();
    await until('the daemon to end', () => !daemon.running);
    expect(await daemon.end()).toBe(1);
    const words = 'exit 1; not starting, since startup = error';
    expect(daemon.said).toContain(`[probe mails] ${words}`);
    expect(daemon.said).toContain(`[probe jobs] ${words}`);
    expect(daemon.said).not.toContain('[probe slow]');
    expect(existsSync(join(rig.state, 'journal.jsonl'))).toBe(false);
  });

  it('takes the first reading of a difference for one that can be read', async () => {
    const rig = new Rig(conf(difference()));
    const daemon = await rig.startAndWait();
    expect(await daemon.end()).toBe(0);
  });

  it('is not the default: the daemon goes on trying', async () => {
    const rig = new Rig(conf(difference(), missing('mails', 'retry')));
    const daemon = await rig.startAndWait();
    await until('the reading', async () =>
      (await rig.status())?.probes.some(({ missing }) => missing === 'exit 1'),
    );
    expect(await daemon.end()).toBe(0);
  });
});
