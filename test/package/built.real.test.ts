/** The packages as they are built: what is in them, and what lintian, man, mandoc and bash say of it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describedCommands } from '../../scripts/package/commands.ts';
import { build, fileOf, must, ran, VERSION } from './packages.ts';

const NAMES = ['vmmanage', 'vmmanage-sink'] as const;
const PAGES = [
  ['vmmanage', 'man1/vmmanage.1.gz'],
  ['vmmanage', 'man5/vmmanage.conf.5.gz'],
  ['vmmanage-sink', 'man8/vmmanage-sink.8.gz'],
] as const;
const SCRIPTS = NAMES.flatMap((name) =>
  ['postinst', 'prerm', 'postrm'].map((each) => [name, each]),
);
/** debug, which comes with axios, asks for it where somebody has installed it. */
const OPTIONAL = ['supports-color'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-built-'));
  build(folder, ...NAMES);
  for (const name of NAMES) must('dpkg-deb', '--raw-extract', deb(name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function deb(name: string): string {
  return join(folder, fileOf(name));
}

/** A file of a package, by its path on the installed system. */
function at(name: string, path: string): string {
  return join(folder, name, path);
}

function read(name: string, path: string): string {
  return readFileSync(at(name, path), 'utf8');
}

/** Mode, owner and path of all that is in a package, but for folders. */
function content(name: string): string[] {
  const lines = must('dpkg-deb', '--contents', deb(name)).trim().split('\n');
  const rows = lines.map((line) => line.split(/\s+/));
  return rows
    .filter(([mode = '']) => !mode.startsWith('d'))
    .map(([mode, owner, , , , ...path]) => `${mode} ${owner} ${path.join(' ')}`);
}

describe('vmmanage', () => {
  it('asks for Node and systemd, on every architecture', () => {
    const field = (name: string) => must('dpkg-deb', '--field', deb('vmmanage'), name).trim();
    expect(field('Depends')).toBe('nodejs (>= 20), systemd');
    expect([field('Version'), field('Architecture')]).toEqual([VERSION, 'all']);
  });

  it('puts its files where Debian has them, as root’s', () => {
    const files = content('vmmanage');
    expect(files).toEqual(
      expect.arrayContaining([
        'lrwxrwxrwx root/root ./usr/bin/vmmanage -> ../lib/vmmanage/bin/vmmanage',
        '-rwxr-xr-x root/root ./usr/lib/vmmanage/bin/vmmanage',
        '-rw-r--r-- root/root ./usr/lib/vmmanage/dist/cli/main.js',
        '-rw-r--r-- root/root ./etc/vmmanage/vmmanage.conf',
        '-rw-r--r-- root/root ./usr/lib/systemd/system/vmmanage.service',
        '-rw-r--r-- root/root ./usr/lib/systemd/system/vmmanage-jobs.service',
        '-rw-r--r-- root/root ./usr/lib/sysusers.d/vmmanage.conf',
        '-rw-r--r-- root/root ./usr/lib/tmpfiles.d/vmmanage.conf',
        '-rwxr-xr-x root/root ./usr/share/vmmanage/host/vmmanage-host',
        '-rw-r--r-- root/root ./usr/share/doc/vmmanage/copyright',
        '-rw-r--r-- root/root ./usr/share/doc/vmmanage/changelog.gz',
        '-rw-r--r-- root/root ./usr/share/bash-completion/completions/vmmanage',
      ]),
    );
    for (const file of files)
      expect(file).toMatch(/^(-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx) root\/root /);
    const folders = new Set(files.map((file) => / \.(\/\w+(?:\/\w+)?)/.exec(file)?.[1]));
    expect([...folders].sort()).toEqual(['/etc/vmmanage', '/usr/bin', '/usr/lib', '/usr/share']);
  });

  it('has one conffile', () => {
    expect(read('vmmanage', 'DEBIAN/conffiles')).toBe('/etc/vmmanage/vmmanage.conf\n');
  });

  it('names each package that is bundled, with its licence', () => {
    const text = read('vmmanage', 'usr/share/doc/vmmanage/copyright');
    const folders = bundled();
    expect(folders.length).toBeGreaterThan(50);
    for (const each of folders) {
      const { name, version } = JSON.parse(readFileSync(`${each}/package.json`, 'utf8'));
      const [, part = ''] = text.split(`\n${name} ${version} (`);
      expect(part.split('-'.repeat(72))[0], name).toMatch(/copyright|licen[cs]ed? under/i);
    }
  });

  it('needs no package but what is bundled', () => {
    const asked = Object.values(meta().outputs).flatMap(({ imports }) => imports);
    const outside = asked.filter(({ external }) => external).map(({ path }) => path);
    const modules = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];
    const others = outside.filter((path) => !modules.includes(path));
    expect([...new Set(others)]).toEqual(OPTIONAL);
  });

  it('is the same, byte by byte, when it is built again', () => {
    const again = join(folder, 'again');
    build(again, 'vmmanage');
    must('cmp', deb('vmmanage'), join(again, fileOf('vmmanage')));
  });
});

describe('vmmanage-sink', () => {
  it('shares the program of the same version', () => {
    const depends = must('dpkg-deb', '--field', deb('vmmanage-sink'), 'Depends').trim();
    expect(depends).toBe(`vmmanage (= ${VERSION})`);
  });

  it('has its own units, settings and rotation', () => {
    expect(read('vmmanage-sink', 'DEBIAN/conffiles')).toBe(
      '/etc/default/vmmanage-sink\n/etc/logrotate.d/vmmanage-sink\n',
    );
    const units = must('ls', at('vmmanage-sink', 'usr/lib/systemd/system'));
    expect(units).toBe('vmmanage-sink-tls.socket\nvmmanage-sink.service\nvmmanage-sink.socket\n');
  });
});

it.each(NAMES)('lintian has nothing to say of %s', (name) => {
  expect(ran('lintian', '--fail-on', 'error,warning', deb(name))).toMatchObject({
    status: 0,
    stdout: '',
  });
});

it.each(SCRIPTS)('shellcheck has nothing to say of %s’s %s', (name = '', script = '') => {
  expect(ran('shellcheck', at(name, `DEBIAN/${script}`)).stdout).toBe('');
});

describe.each(PAGES)('%s: %s', (name, page) => {
  const path = () => at(name, `usr/share/man/${page}`);

  it('is read by man without a warning', () => {
    const words = ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', path()];
    expect(ran('man', ...words).stderr).toBe('');
  });

  it('is read by mandoc without a warning', () => {
    expect(ran('mandoc', '-T', 'lint', '-W', 'warning', path())).toMatchObject({
      status: 0,
      stdout: '',
    });
  });
});

describe('in bash', () => {
  /** What is offered for the last of the words. */
  function offered(...words: string[]): string[] {
    const script = `source "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _vmmanage &&
      complete -p vmmanage >/dev/null && printf '%s\\n' "\${COMPREPLY[@]}"`;
    const completions = at('vmmanage', 'usr/share/bash-completion/completions/vmmanage');
    const said = must('bash', '-euc', script, completions, 'vmmanage', ...words);
    return said.split('\n').filter((line) => line !== '');
  }

  it.each([
    ['a command', ['st'], ['status']],
    ['several commands', ['re'], ['resolve', 'resume', 'reload']],
    ['a command of help', ['help', 'host-'], ['host-setup']],
    ['an option', ['status', '--wa'], ['--watch']],
    ['an option after others', ['status', '--json', '--int'], ['--interval']],
    ['no command twice', ['status', 'st'], []],
    ['nothing of a command that is none', ['stauts', '--'], []],
  ])('%s is completed', (_, words, found) => {
    expect(offered(...words)).toEqual(found);
  });

  it('every option of every command is offered', async () => {
    for (const { name, flags } of await describedCommands()) {
      expect(offered(name, '-')).toEqual(flags);
    }
  });
});

interface Meta {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly imports: readonly { readonly path: string; readonly external?: boolean }[];
        readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
      }
    >
  >;
}

function meta(): Meta {
  return JSON.parse(readFileSync('dist/.meta.json', 'utf8')) as Meta;
}

/** The folders with a package.json of their own nearest above each file that is in the bundle. */
function bundled(): string[] {
  const inputs = Object.values(meta().outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const names = files.map((path) => {
    const from = path.lastIndexOf('node_modules/') + 'node_modules/'.length;
    const depth = path[from] === '@' ? 2 : 1;
    return path.slice(0, from) + path.slice(from).split('/').slice(0, depth).join('/');
  });
  return [...new Set(names.filter((each) => each.includes('node_modules/')))];
}
