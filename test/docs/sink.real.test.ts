/** docs/sink.md: its commands make certificates that work, and its table of metrics is the code's. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { STORING_EXAMPLES } from '../../src/cli/sink-storing.ts';
import { parseSinkUrl } from '../../src/core/sink-url.ts';
import { SINK_METRICS } from '../../src/sink/receiver/health.ts';
import { linesIn, sentLinesOf, startSink } from '../sink/support.ts';
import { tempFolder } from '../support/temp.ts';

const FILE = 'docs/sink.md';
const TABLE = /(<!-- Made from .* -->\n)([\s\S]*?)(<!-- end -->\n)/;

function table(): string {
  const rows = SINK_METRICS.map((metric) => {
    const labels = metric.type === 'histogram' ? [] : (metric.labels ?? []);
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${metric.name}\` | ${metric.type} | ${named} | ${metric.help} |\n`;
  });
  return `\n| metric | type | labels | what it is |\n| --- | --- | --- | --- |\n${rows.join('')}\n`;
}

it('has the table of metrics that the code has', () => {
  const page = readFileSync(FILE, 'utf8');
  if (process.env['UPDATE']) {
    writeFileSync(
      FILE,
      page.replace(TABLE, (_, begin, __, end) => begin + table() + end),
    );
  }
  expect(TABLE.exec(readFileSync(FILE, 'utf8'))?.[2]).toBe(table());
});

it('names sinks as a conf and --forward take them, and so do the examples of the command', () => {
  const texts = [
    readFileSync(FILE, 'utf8'),
    readFileSync('README.md', 'utf8'),
    ...STORING_EXAMPLES,
  ];
  const urls = texts.flatMap((text) => text.match(/(?:tcp|tls|relp):\/\/\w[^\s`,|]*/g) ?? []);
  expect(urls.length).toBeGreaterThan(3);
  const wrong = urls.filter((url) => !parseSinkUrl(url.replace(/^tls:/, 'syslog+tls:')).ok);
  expect(wrong).toEqual([]);
});

it('has commands that make an authority, a sink and a guest that let each other in', async () => {
  const folder = tempFolder();
  const blocks = [...readFileSync(FILE, 'utf8').matchAll(/^```sh\n(openssl [\s\S]*?)^```$/gm)];
  expect(blocks.length).toBe(3);
  for (const [, commands = ''] of blocks) {
    const ran = spawnSync('sh', ['-euc', commands], { cwd: folder, encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, expect.any(String)]);
  }
  const file = (name: string) => join(folder, name);
  const tls = {
    ...{ cert: file('sink.pem'), key: file('sink.key') },
    ...{ clientCa: file('ca.pem'), allow: new Set(['nii3']) },
  };
  const sink = await startSink({ listen: { host: '127.0.0.1', port: 0, tls } });
  const socket = connect({
    ...{ host: '127.0.0.1', port: sink.port, servername: 'log.example.org' },
    ca: readFileSync(file('ca.pem')),
    cert: readFileSync(file('nii3.pem')),
    key: readFileSync(file('nii3.key')),
  });
  socket.resume().end('nii3: hello\n');
  await once(socket, 'close');
  await linesIn(sink.file, 1);
  expect(sentLinesOf(sink.file)).toEqual(['nii3: hello']);
  expect(sink.notices).toEqual([]);
});
