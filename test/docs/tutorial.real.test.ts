/**
 * docs/tutorial.md, walked from its first conf to the way back: every line of its consoles is typed to the built
 * program, with a running daemon, a central log, and hosts that are real sshds with vmmanage-host and a double
 * of xl. What is said is what the page shows, but for times and ids. UPDATE=1 writes the page anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { answerOf } from '../support/answer.ts';
import { Hosts } from '../support/hosts.ts';
import { freePort } from '../support/program.ts';
import { Rig, Running, until } from '../support/rig.ts';
import { blocks } from './support.ts';

const PAGE = 'docs/tutorial.md';
/** Two moves, each looked at every few seconds, and some readings a second apart. */
const PATIENCE_MS = 180_000;
const HOSTS = ['xen1', 'xen2', 'xen3', 'xen9'];

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: HOSTS, vms: { db7: '' } });
  hosts.host('xen1').createDomain('db7');
});
afterAll(() => hosts?.remove());

/** The guest's machine: what its administrator types finds its files here instead of in /etc and /var. */
class Tutorial extends Rig {
  readonly page = join(this.folder, 'page.conf');
  readonly log = join(this.folder, 'central.log');
  readonly #bin = join(this.folder, 'bin');

  constructor(sinkPort: number) {
    super('');
    mkdirSync(this.#bin);
    this.load(3);
    this.tool('runuser', 'shift 3; exec "$@"');
    this.tool('systemctl', 'exec vmmanage reload >/dev/null');
    const confs = `-c ${this.page} -c ${this.conf}`;
    this.tool(
      'vmmanage',
      `word=$1; shift
case $word in
  check) set -- -c ${this.page} "$@" ;;
  probe) set -- ${confs} "$@" ;;
  history) set -- -c ${this.conf} "$@" ;;
  logs) set -- ${this.log} "$@" ;;
esac
exec ${resolve('bin/vmmanage')} "$word" "$@"`,
    );
    this.#sinkPort = sinkPort;
  }

  readonly #sinkPort: number;

  tool(name: string, text: string): void {
    writeFileSync(join(this.#bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  /** What the probe measures from now on. */
  load(value: number): void {
    writeFileSync(join(this.folder, 'load'), `${value}\n`);
  }

  /** A conf of the page, and beside it what is different here. */
  use(text: string): void {
    writeFileSync(this.page, text.replace(/^\[log\]\n.*\n/m, '').replace(/^ssh_key.*\n/m, ''));
    const probe = `[probe slow]
kind = command
command = cat ${join(this.folder, 'load')}
unit = /min
interval = 1s
[array]
spread = no
[constraints]
settle = 300ms
look = 300ms
[log]
sink = relp://127.0.0.1:${this.#sinkPort}
`;
    const addresses = hosts.all.map(
      ({ name, port }) => `[host ${name}]\naddress = 127.0.0.1:${port}\n`,
    );
    const reached = `[migrator]
ssh_user = ${hosts.user}
ssh_key = ${hosts.key('db7')}
ssh_known_hosts = ${hosts.knownHosts}
${addresses.join('')}`;
    this.write(probe + (text.includes('kind    = xl') ? reached : ''));
  }

  override start(): Running {
    this.daemon = new Running('run', '-c', this.page, '-c', this.conf);
    return this.daemon;
  }

  /** What is printed by a line that an administrator types. */
  async typed(line: string): Promise<string> {
    const env = {
      PATH: `${this.#bin}:${process.env['PATH']}`,
      VMMANAGE_RUNTIME: this.runtime,
      TZ: 'UTC',
    };
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { stdout, stderr, status } = await answerOf(['env', ...words, 'sh', '-c', line]);
    expect([line, status], stdout + stderr).toEqual([line, 0]);
    // What is different here is told as it would be there.
    return (stdout + stderr)
      .replaceAll(this.page, '/etc/vmmanage/vmmanage.conf')
      .replace('(2 files)', '(1 file)')
      .replace('slow (command)', 'slow (mysql)');
  }

  /** Until the daemon stands so that the page's next words are true. */
  stands(what: string, so: (status: NonNullable<Awaited<ReturnType<Rig['status']>>>) => boolean) {
    return until(what, async () => {
      const status = await this.status();
      return status !== undefined && so(status);
    });
  }
}

/** Times, ids, how long something took, how many readings are shown and which look was the last, which no second run has again. */
function shapeOf(text: string): string {
  return (
    text
      .replaceAll(/\b01[0-9A-HJKMNP-TV-Z]{24}\b/g, 'ID')
      .replaceAll(/\b\d{10} \w{3} \w{3} +\d+ [\d:]+ UTC \d{4}/g, 'STAMP')
      .replaceAll(/\b\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME')
      .replaceAll(/\b(?:\w{3} )?(?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})?\b/g, 'TIME')
      .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
      .replaceAll(/\b(boot|seq)=[\w-]+/g, '$1=…')
      .replaceAll(/\b(?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d))+\b/g, 'SPAN')
      // The next look may come before `status` is typed, or after.
      .replaceAll(/; (?:seen at its arrival|the hosts agree, SPAN ago)/g, '; SEEN')
      .replaceAll(/(?:TIME \d+ · )+TIME \d+ per min/g, 'READINGS per min')
      .replaceAll(/ +/g, ' ')
  );
}

it(
  'the tutorial does what it says, from the first conf to the way back',
  async () => {
    const port = await freePort();
    const guest = new Tutorial(port);
    const sink = new Running('sink', '--listen', `127.0.0.1:${port}`, '--file', guest.log);
    onTestFinished(async () => void (await sink.end()));
    const [first = '', second = ''] = blocks(PAGE, 'ini');
    const active = second.replace('mode = passive\n', '');
    guest.use(first);

    /** Before a line is typed, what its page has told the reader to do, or to wait for. */
    const before: Readonly<Record<string, () => Promise<unknown>>> = {
      'vmmanage check': async () => undefined,
      'runuser -u vmmanage -- vmmanage probe': () => guest.startAndWait(),
      'vmmanage status': () =>
        guest.stands('readings', ({ probes }) => probes.every(({ value }) => value !== undefined)),
      'vmmanage explain --shadow': async () => {
        guest.load(76);
        await guest.stands('a wish', ({ shadow }) => shadow?.would_move === 1);
        guest.load(3);
        await guest.stands('the end of it', ({ shadow }) => shadow?.without_need === 1);
      },
      'vmmanage where': () => guest.stands('a place', ({ place }) => place.host === 'xen1'),
      'vmmanage explain': async () => {
        guest.load(76);
        await guest.stands('a wish', ({ held }) => held?.gate === 'cooldown');
      },
      'vmmanage logs --host db7 --event request,moved': () =>
        until('the log', () => readFileSync(guest.log, 'utf8').includes('Arrived at')),
      'vmmanage move xen1 --force --why "back again"': async () => {
        guest.load(3);
        await guest.stands('calm', ({ policies }) => policies[0]?.verdict === 'stay');
      },
    };
    const reloads = [first, second, active];

    const shown: string[] = [];
    for (const block of blocks(PAGE, 'console')) {
      const said: string[] = [];
      for (const [, line = ''] of block.matchAll(/^\$ (.*)$/gm)) {
        if (line.startsWith('systemctl reload')) guest.use(reloads.shift() ?? active);
        await before[line]?.();
        said.push(`$ ${line}\n${await guest.typed(line)}`);
      }
      shown.push(said.join(''));
    }

    const text = readFileSync(PAGE, 'utf8');
    if (process.env['UPDATE']) {
      const anew = [...shown];
      const fill = () => `\`\`\`console\n${anew.shift() ?? ''}\`\`\``;
      writeFileSync(PAGE, text.replaceAll(/^```console\n[\s\S]*?^```$/gm, fill));
    }
    expect(shown.length).toBeGreaterThan(7);
    expect(blocks(PAGE, 'console').map(shapeOf)).toEqual(shown.map(shapeOf));
  },
  PATIENCE_MS,
);
