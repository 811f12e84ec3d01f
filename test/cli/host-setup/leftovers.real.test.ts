/**
 * What --audit finds of transfers that broke off. It looks at the machine that it runs on, whose xl is a double here; what
 * else it finds of that is left aside.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp.ts';
import { hostSetup } from './support.ts';

/** As xl of Xen 4.17 prints it. */
const LIST = [
  'Name                                        ID   Mem VCPUs\tState\tTime(s)',
  'Domain-0                                     0  1024     2     r-----      61.2',
  'nii3--incoming                               7   256     1     --p---       0.0',
].join('\n');

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

/** The finding's two lines. */
async function leftovers(list: string): Promise<readonly string[]> {
  const { out } = await hostSetup('--audit', '--print', '--sshd-config', '/dev/null');
  writeFileSync(join(folder, 'xl'), `#!/bin/sh\ncat <<'END'\n${list}\nEND\n`, { mode: 0o755 });
  const script = out.replace(' PATH=', ` PATH=${folder}:`);
  const { stdout } = spawnSync('sh', ['-s'], { input: script, encoding: 'utf8' });
  const lines = stdout.split('\n');
  const at = lines.findIndex((line) => line.startsWith('nii3--incoming: '));
  return at === -1 ? [] : lines.slice(at, at + 2);
}

describe.runIf(process.getuid?.() === 0)('a domain --incoming', () => {
  it('that nobody sends any more is found, and how it goes', async () => {
    // Other tests let their doubles receive for a moment.
    const found = await until('the finding', async () => {
      const lines = await leftovers(LIST);
      return lines.length > 0 ? lines : undefined;
    });
    expect(found).toEqual([
      expect.stringContaining('is left of a transfer that broke off'),
      '    xl destroy 7',
    ]);
  });

  it('that is being sent is none, nor is any other domain', async () => {
    const receiving = spawn('sh', ['-c', 'read _', 'migrate-receive'], { stdio: 'pipe' });
    expect(await leftovers(LIST)).toEqual([]);
    receiving.stdin.end();
    await once(receiving, 'exit');
    expect(await leftovers(LIST.replace('--incoming', ''))).toEqual([]);
  });
});
