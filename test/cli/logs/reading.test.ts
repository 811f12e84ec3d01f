/** `vmmanage logs` on files: which are read, in which order, and what is shown of them. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { usualFile } from '../../../src/cli/logs/usual.ts';
import { tempFolder } from '../../support/temp.ts';
import { colourless, contentOf, DAY_S, FROM_S, logs, MADE, written } from './support.ts';

const at = (hours: number) => new Date((FROM_S + hours * 3600) * 1000).toISOString();
const between = (from: number, to: number) =>
  MADE.filter(({ epochS }) => epochS >= FROM_S + from * 3600 && epochS < FROM_S + to * 3600);

/** A day in three files, the first of them gzipped. */
function rotated(names: readonly [string, string] = ['central.log.2.gz', 'central.log.1']) {
  const folder = tempFolder();
  written(folder, names[0], gzipSync(contentOf(between(0, 8))));
  written(folder, names[1], contentOf(between(8, 16)));
  return { folder, file: written(folder, 'central.log', contentOf(between(16, 25))) };
}

describe('a file', () => {
  it('is shown as it is', async () => {
    const file = written(tempFolder(), 'a.log', contentOf(MADE));
    expect(await logs([file])).toEqual({ status: 0, out: contentOf(MADE), err: '' });
  });

  it('has its last line shown though that isn’t whole', async () => {
    const file = written(tempFolder(), 'a.log', contentOf(MADE).trimEnd());
    expect((await logs([file])).out).toBe(contentOf(MADE));
  });

  it('may be empty', async () => {
    const file = written(tempFolder(), 'a.log', '');
    expect(await logs([file, '-n', '5'])).toEqual({ status: 0, out: '', err: '' });
  });

  it.each(['json', 'rfc5424'] as const)(
    'of the form %s is shown as text, in the reader’s zone',
    async (form) => {
      const file = written(tempFolder(), 'a.log', contentOf(MADE.slice(0, 2), form));
      const { out } = await logs([file]);
      expect(out.split('\n')[0]).toBe(
        '1242232480 Wed May 13 18:34:40 CEST 2009 nii1: Starting VMManage [version=0.1.0] [peer=10.0.0.5 boot=6f1c seq=0]',
      );
    },
  );

  it.each(['text', 'json', 'rfc5424'] as const)(
    'as JSON says the same in each form: %s',
    async (form) => {
      const file = written(tempFolder(), 'a.log', contentOf(MADE, form));
      const { out } = await logs([file, '--json', '--request', 'R001N00001', '--event', 'request']);
      const [line, ...others] = out.trimEnd().split('\n');
      expect(others).toEqual([]);
      expect(JSON.parse(line ?? '')).toMatchObject({
        name: 'nii1',
        event: 'request',
        text: 'Requesting migration of VM: just moving',
        fields: { request: 'R001N00001', policy: 'db', from: 'mln1', to: 'mln2' },
        ...{ peer: '10.0.0.5', boot: '6f1c', seq: 2, marks: [] },
      });
    },
  );

  it('drives no terminal, as text or as JSON', async () => {
    const nasty =
      '1242232480 Wed May 13 18:34:40 CEST 2009 a: \x1b[2J\x07\x9b\xff\u202e [b="\x1b]0;x"]\n';
    const file = written(tempFolder(), 'a.log', Buffer.from(nasty, 'latin1'));
    for (const args of [[file], [file, '--json'], [file, '--activity']]) {
      const { out, status } = await logs(args);
      expect(status).toBe(0);
      expect(out).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    }
  });
});

describe('colours', () => {
  const file = () => written(tempFolder(), 'a.log', contentOf(MADE));

  it('tell the event', async () => {
    const { out } = await logs([file(), '-n', '1', '--event', 'failed'], { colour: true });
    expect(out).toContain('\x1b[31mMove to mln');
    expect(colourless(out)).toBe((await logs([file(), '-n', '1', '--event', 'failed'])).out);
  });

  it('change no text, whatever the line', async () => {
    const odd = written(
      tempFolder(),
      'a.log',
      'nothing\n1242232480 Wed May 13 18:34:40 CEST 2009 a: b [c] [d=e] [cut: over the limit]\n',
    );
    const { out } = await logs([odd], { colour: true });
    expect(colourless(out)).toBe(readFileSync(odd, 'utf8'));
  });
});

describe('rotated files', () => {
  it('are read where the time asked for needs them, in order of time', async () => {
    const { file } = rotated();
    expect((await logs([file])).out).toBe(contentOf(between(16, 25)));
    expect((await logs([file, '--since', at(16)])).out).toBe(contentOf(between(16, 25)));
    expect((await logs([file, '--since', at(10)])).out).toBe(contentOf(between(10, 25)));
    expect((await logs([file, '--since', at(2), '--until', at(9)])).out).toContain(
      contentOf(between(2, 9)),
    );
    expect((await logs([file, '--since', at(-1)])).out).toBe(contentOf(MADE));
  });

  it.each([
    ['central.log-20090513.gz', 'central.log-20090514'],
    ['central-20090513.log.gz', 'central-20090514.log'],
    ['central.log.2009-05-13T16:34:40Z.gz', 'central.log.2009-05-14T16:34:40Z'],
    ['central.log-20090513T163440.123Z.gz', 'central.log-20090514T163440.123Z'],
    ['central.log.10.gz', 'central.log.9.gz.1'],
  ] as const)('may have dates in their names: %s', async (...names) => {
    const { file } = rotated(names);
    const known = names[1].endsWith('.gz.1') ? [...between(0, 8), ...between(16, 25)] : MADE;
    expect((await logs([file, '--since', at(-1)])).out).toBe(contentOf(known));
  });

  it('that are being compressed are read once', async () => {
    const { folder, file } = rotated();
    written(folder, 'central.log.2', contentOf(between(0, 8)));
    written(folder, 'central.log.1.gz.part', gzipSync(contentOf(between(8, 16))));
    expect((await logs([file, '--since', at(-1)])).out).toBe(contentOf(MADE));
    expect((await logs([folder, '--since', at(-1)])).out).toBe(contentOf(MADE));
  });

  it('fill up the latest lines', async () => {
    const { file } = rotated();
    const n = between(16, 25).length + between(8, 16).length + 3;
    expect((await logs([file, '-n', String(n)])).out).toBe(contentOf(MADE.slice(-n)));
    expect((await logs([file, '-n', '2'])).out).toBe(contentOf(MADE.slice(-2)));
    expect((await logs([file, '-n', '0'])).out).toBe('');
    expect((await logs([file, '-n', '100000'])).out).toBe(contentOf(MADE));
  });

  it('that are torn are read as far as they go, and that is said', async () => {
    const { folder, file } = rotated();
    const packed = gzipSync(contentOf(between(0, 8)));
    written(folder, 'central.log.2.gz', packed.subarray(0, packed.length - 20));
    const { out, err, status } = await logs([file, '--since', at(-1)]);
    expect(status).toBe(0);
    expect(err).toContain("central.log.2.gz can't be read to its end");
    expect(out).toContain(contentOf(between(8, 25)));
  });

  it('are not read where the output goes', async () => {
    const folder = tempFolder();
    const file = written(folder, 'a.log', contentOf(MADE.slice(0, 2)));
    const outputInode = statSync(written(folder, 'b.log', contentOf(MADE))).ino;
    const { out, err } = await logs([folder], { outputInode });
    expect(out).toBe(readFileSync(file, 'utf8'));
    expect(err).toContain("b.log isn't read: the output goes there");
  });

  it('that are named too are read once', async () => {
    const { folder, file } = rotated();
    const { out } = await logs([join(folder, 'central.log.1'), file, '--since', at(8)]);
    expect(out).toBe(contentOf(between(8, 25)));
  });

  it('don’t hang on names: what is older comes first', async () => {
    const { folder, file } = rotated(['central.log.1.gz', 'central.log.2']);
    utimesSync(join(folder, 'central.log.1.gz'), 1e9, 1e9);
    expect((await logs([file, '--since', at(-1)])).out).toBe(contentOf(MADE));
  });
});

describe('several logs', () => {
  const split = () => {
    const folder = tempFolder();
    for (const name of ['nii1', 'nii2', 'nii3', 'nii4', 'nii5']) {
      written(folder, `${name}.log`, contentOf(MADE.filter((line) => line.name === name)));
    }
    return folder;
  };
  const inOrder = (text: string) => text.split('\n').map((line) => line.slice(0, 10));

  it('in a folder are one, in order of time', async () => {
    const { out } = await logs([split()]);
    expect(inOrder(out)).toEqual(inOrder(contentOf(MADE)));
    expect(out.split('\n').toSorted()).toEqual(contentOf(MADE).split('\n').toSorted());
  });

  it('give the latest of all', async () => {
    const { out } = await logs([split(), '-n', '7']);
    expect(inOrder(out)).toEqual(inOrder(contentOf(MADE.slice(-7))));
  });

  it('may have forms of their own', async () => {
    const folder = tempFolder();
    written(folder, 'a', contentOf(MADE.slice(0, 10)));
    written(folder, 'b', contentOf(MADE.slice(10, 20), 'json'));
    written(folder, '.hidden', contentOf(MADE));
    mkdirSync(join(folder, 'sub'));
    const { out } = await logs([folder, '--json']);
    const seqs = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).name);
    expect(seqs).toEqual(MADE.slice(0, 20).map(({ name }) => name));
  });
});

describe('standard input', () => {
  it.each<[string, (text: string) => Uint8Array]>([
    ['as it is', (text) => Buffer.from(text)],
    ['gzipped', (text) => gzipSync(text)],
  ])('is read %s', async (_, packed) => {
    const input = [packed(contentOf(MADE))];
    expect((await logs(['-', '-n', '3'], { input })).out).toBe(contentOf(MADE.slice(-3)));
    expect((await logs(['-'], { input })).out).toBe(contentOf(MADE));
    expect((await logs(['-'], { input: [] })).out).toBe('');
  });

  it('can’t be followed', async () => {
    expect(await logs(['-', '-f'])).toMatchObject({ status: 2 });
  });
});

describe('the usual file', () => {
  it('is that of the unit’s settings', async () => {
    const folder = tempFolder();
    const file = written(folder, 'my.log', '');
    const settings = written(folder, 'settings', `# x\nLISTEN=a\nFILE="${file}"\n`);
    expect(await usualFile(settings)).toBe(file);
  });

  it('that isn’t there is told, with what to do', async () => {
    const settings = written(tempFolder(), 'settings', 'FILE=/nonexistent/central.log\n');
    await expect(usualFile(settings)).rejects.toMatchObject({
      message: "/nonexistent/central.log, the usual central log, isn't there",
      hints: [
        expect.stringContaining('vmmanage-sink'),
        expect.stringContaining('vmmanage logs FILE'),
      ],
    });
  });

  it('is the one that the unit writes', () => {
    const unit = readFileSync('systemd/vmmanage-sink.service', 'utf8');
    expect(unit).toContain('FILE=/var/log/vmmanage/central.log');
  });
});

describe('wrong usage', () => {
  it.each<[string, string[], number, string]>([
    ['no file', ['/nonexistent/a'], 1, "/nonexistent/a can't be read"],
    [
      'a moment to come',
      ['--since', '2999-01-01', '/dev/null'],
      2,
      'expected a moment of the past',
    ],
    ['no moment', ['--until', 'x\x1b', '/dev/null'], 2, 'expected a moment of the past'],
    ['no moment, before no file', ['--since', 'x', '/nonexistent/a'], 2, 'expected a moment'],
    ['no event', ['--event', 'reqest', '/dev/null'], 2, '“reqest” (did you mean request?)'],
    ['nothing like an event', ['--event', 'x', '/dev/null'], 2, 'there are request, moved'],
    ['events that are none', ['--event', '', '/dev/null'], 2, 'it names none'],
    ['guests that are none', ['--host', ',', '/dev/null'], 2, 'it names none'],
    [
      'a beginning behind the end',
      ['--since', '1h', '--until', '2h', '/dev/null'],
      2,
      '--since 1h is later than --until 2h',
    ],
    ['a URL that nobody reads', ['ftp://a/b'], 2, 'only http and https URLs can'],
    ['an end that is followed', ['-f', '--until', '1h', '/dev/null'], 2, 'cannot be used'],
    ['no number', ['-n', '-1', '/dev/null'], 2, 'lines'],
    ['a picture that follows', ['--activity', '-f', '/dev/null'], 2, 'cannot be used'],
  ])('%s', async (_, args, status, said) => {
    const told = await logs(args);
    expect(told.status).toBe(status);
    expect(told.err).toContain(said);
    expect(told.err).not.toContain('\x1b');
  });

  it('a file that may not be read says who may', async () => {
    const file = written(tempFolder(), 'a.log', '');
    chmodSync(file, 0);
    const { status, err } = await logs([file]);
    // Root reads it all the same.
    const root = process.getuid?.() === 0;
    expect([status, /vmmanage-sink/.test(err)]).toEqual(root ? [0, false] : [77, true]);
    rmSync(file);
  });
});

it('a big file is sought in, wherever the moment lies', async () => {
  const many = Array.from({ length: 60 }, (_, day) =>
    MADE.map((line) => ({ ...line, epochS: line.epochS + day * DAY_S })),
  )
    .flat()
    .toSorted((a, b) => a.epochS - b.epochS);
  const file = written(tempFolder(), 'a.log', contentOf(many));
  for (const hours of [0, 1, 500, 777.7, 1439, 2000]) {
    const since = FROM_S + hours * 3600;
    const args = [
      '--since',
      new Date(since * 1000).toISOString(),
      '--until',
      new Date((since + 7200) * 1000).toISOString(),
    ];
    const wanted = many.filter(({ epochS }) => epochS >= since && epochS <= since + 7200);
    expect((await logs([file, ...args])).out).toBe(contentOf(wanted));
    expect((await logs([file, ...args, '-n', '3'])).out).toBe(contentOf(wanted.slice(-3)));
  }
});
