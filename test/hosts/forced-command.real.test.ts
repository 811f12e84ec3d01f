/**
 * What a guest may send: the five verbs, for itself. Thousands of others are made up, and of each it is shown that no
 * tool was called, nothing was written, and nothing of it was run. `npm run test:long` makes 10,000.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../support/host.ts';
import { Hosts } from '../support/hosts.ts';
import { REQUEST } from './support.ts';

const ROUNDS = process.env['LONG'] ? 10_000 : 500;
const SSH_ROUNDS = 50;
const AT_ONCE = 4;
/** For one of them, on a machine that does much else. */
const PATIENCE_MS = 300;
const SEED = 5;

let hosts: Hosts;
let source: Host;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2'], vms: { nii3: '', db1: '', db2: '' } });
  source = hosts.host('xen1');
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  for (const vm of ['nii3', 'db1', 'db2']) source.createDomain(vm);
});

/** What would be run, if anything of it were. */
const canary = () => join(source.folder, 'things', 'canary');

const VERBS = [
  'where',
  'capacity',
  `migrate xen2 ${REQUEST}`,
  `status ${REQUEST}`,
  `cancel ${REQUEST}`,
];
const WORDS = [
  ...[
    'where',
    'capacity',
    'migrate',
    'status',
    'cancel',
    'xen1',
    'xen2',
    'xen7',
    'db1',
    'db2',
    REQUEST,
  ],
  ...[
    '--admit',
    '--run',
    '--vm',
    '--conf',
    '--state',
    '-o',
    '--',
    '256',
    '/etc/passwd',
    '..',
    '*',
    '~',
    '-',
  ],
  ...[
    'nii3',
    'sh',
    'xl',
    'virsh',
    'vmmanage-host',
    'list',
    'destroy',
    'æøå',
    '\u202e',
    '💥',
    '%s%n',
    '\\',
  ],
];

/** Text that a shell would do something with. */
const hostile = () => {
  const run = `touch ${canary()}`;
  return [
    `$(${run})`,
    `\`${run}\``,
    `; ${run}`,
    `| ${run}`,
    `& ${run} &`,
    `\n${run}\n`,
    `' ; ${run} #`,
    `" ; ${run} #`,
  ];
};

const sent = () =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(' ')),
    fc.tuple(fc.constantFrom(...VERBS), fc.constantFrom(...hostile())).map(([a, b]) => a + b),
    fc.tuple(fc.constantFrom(...hostile()), fc.constantFrom(...VERBS)).map(([a, b]) => a + b),
    fc
      .tuple(fc.constantFrom(...VERBS), fc.constantFrom(...WORDS, ' ', '\t', '\n', '\r'))
      .map(([a, b]) => `${a} ${b}`),
    fc
      .tuple(fc.constantFrom(...VERBS), fc.nat(60), fc.string({ minLength: 1, maxLength: 3 }))
      .map(([verb, at, text]) => verb.slice(0, at) + text + verb.slice(at)),
    fc.constantFrom('where', 'status').map((verb) => `${verb} ${'x'.repeat(100_000)}`),
  );

/** As sshd could hand it over: a variable holds no NUL. */
function samples(count: number): readonly string[] {
  const made = fc
    .sample(sent(), { numRuns: count * 2, seed: SEED })
    .map((s) => s.replaceAll('\0', ''));
  return made.filter((text) => !isAVerb(text)).slice(0, count);
}

/** One of the five, as the contract has it: written a second time, and by another means. */
function isAVerb(text: string): boolean {
  const id = '[0-9A-HJKMNP-TV-Z]{26}';
  const verb = `where|capacity|migrate [A-Za-z0-9][A-Za-z0-9._-]* ${id}|(status|cancel) ${id}`;
  return text.length <= 200 && new RegExp(`^(${verb})$`).test(text) && !text.endsWith('\n');
}

async function inTurns(texts: readonly string[], each: (text: string) => Promise<void>) {
  const left = [...texts];
  const work = async () => {
    for (let text = left.pop(); text !== undefined; text = left.pop()) await each(text);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function nothingHappened(): void {
  expect(source.calls()).toEqual([]);
  expect(hosts.host('xen2').calls()).toEqual([]);
  expect(existsSync(canary())).toBe(false);
  expect(readdirSync(join(source.folder, 'state'))).toEqual([]);
  expect(source.domains()).toEqual(['db1', 'db2', 'nii3']);
}

describe('the forced command', () => {
  it(
    `refuses all of ${ROUNDS} that are none of the five verbs`,
    async () => {
      const texts = samples(ROUNDS);
      expect(texts).toHaveLength(ROUNDS);
      await inTurns(texts, async (text) => {
        const { status, stdout, stderr } = await source.call('nii3', text);
        const answered = { text, status, stdout, stderr };
        expect(answered).toMatchObject({ status: 64, stderr: '' });
        expect(answered.stdout).toMatch(/^vmmanage-host=1\nhost=xen1\nreason=expected: .*\n$/);
      });
      nothingHappened();
      // Nothing of it can forge a line of the log.
      const line =
        /^vm=nii3 asked='[A-Za-z0-9._: -]{0,200}' from=here exit=64 reason='expected: [^']*'$/;
      expect(source.syslog().filter((text) => !line.test(text))).toEqual([]);
      expect(source.syslog()).toHaveLength(ROUNDS);
    },
    ROUNDS * PATIENCE_MS,
  );

  it(`refuses ${SSH_ROUNDS} of them through sshd, whose shell does not touch them`, async () => {
    const texts = samples(ROUNDS).filter((text) => text !== '' && !text.includes('\ud800'));
    await inTurns(texts.slice(0, SSH_ROUNDS), async (text) => {
      const { status, stdout } = await hosts.ask('nii3', 'xen1', text);
      // Text that is longer than a variable may be is refused by the system, and runs nothing.
      expect({ text, stdout }).not.toMatchObject({ stdout: expect.stringContaining('here=') });
      expect({ text, status }).not.toMatchObject({ status: 0 });
    });
    nothingHappened();
  });

  it('runs nothing for a megabyte', async () => {
    const [ssh = '', ...words] = hosts.sshWords('nii3', 'xen1');
    // A word of more than 128 KiB is none; ssh joins them.
    const megabyte = Array.from({ length: 11 }, () => 'x'.repeat(100_000));
    const { status, values } = await source.run(ssh, ...words, 'where', ...megabyte);
    expect(status).not.toBe(0);
    expect(values['here']).toBeUndefined();
    nothingHappened();
  });

  it('answers each of the five for this VM, and names no other', async () => {
    for (const verb of VERBS) {
      const { status, stdout } = await source.call('nii3', verb);
      expect({ verb, status, stdout }).toMatchObject({ status: 0 });
      expect(stdout).not.toMatch(/db[12]/);
    }
    const called = source.calls().filter((call) => call.startsWith('xl migrate'));
    expect(called.filter((call) => call !== 'xl migrate nii3 xen2')).toEqual([]);
  });

  it.each(['db1', 'db2', 'nii3', 'xen7', 'localhost', '127.0.0.1', '10.77.0.12'])(
    'is never permitted to move the guest to %s',
    async (target) => {
      const { status } = await source.call('nii3', `migrate ${target} ${REQUEST}`);
      expect(status).toBe(77);
      expect(source.calls()).toEqual([]);
    },
  );

  it('gives a guest no more than eight places at once, and leaves the other guests theirs', async () => {
    source.setKnob('hang', 'xl');
    const asking = Array.from({ length: 10 }, () => source.call('nii3', 'where'));
    const other = source.call('db1', 'where');
    const calls = await Promise.all(asking);
    expect((await other).status).toBe(69);
    const answers = calls.map(({ status, values }) => `${status} ${values['reason']}`).sort();
    expect(answers).toEqual([
      ...Array(8).fill('69 xl does not answer on xen1: '),
      ...Array(2).fill('75 8 calls of nii3 are being answered'),
    ]);
    source.unsetKnob('hang');
    expect((await source.call('nii3', 'where')).status).toBe(0);
  });

  it('knows no VM that vms.conf does not, whatever its key says', async () => {
    const { status, values } = await source.call('nii9', 'where');
    expect({ status, ...values }).toMatchObject({ status: 77 });
  });

  it('gives the key no shell, no other command, no forwarding and no terminal', async () => {
    const [ssh = '', ...words] = hosts.sshWords('nii3', 'xen1');
    const plain = await source.run(ssh, ...words);
    expect(plain.status).toBe(64);
    const terminal = await source.run(ssh, '-tt', ...words, 'where');
    expect(terminal.stderr).toContain('PTY allocation request failed');
    const variable = `SendEnv=PATH VMMANAGE_HOST_CONF LANG`;
    const withEnv = await source.run(ssh, '-o', variable, ...words, 'where');
    expect(withEnv.values['here']).toBe('yes');
  });
});
