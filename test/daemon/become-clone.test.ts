/** A machine that user-data makes a clone: what was in its state folder isn't its own. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { becomeClone, IdentityError } from '../../src/daemon/become-clone.ts';
import { Journal } from '../../src/daemon/journal.ts';
import { type CloneDocument, formatDocument } from '../../src/wire/clone.ts';
import { tempFolder } from '../support/temp.ts';

const DOCUMENT: CloneDocument = {
  what: 'clone',
  vm: 'db7',
  request: '01JH',
  host: 'aws',
  home: 'xen1',
  mailbox: 'https://dav.example.org/',
};

/** A state folder as an image of the original has it. */
function machine(document?: string): string {
  const folder = join(tempFolder(), 'state');
  mkdirSync(join(folder, 'jobs'), { recursive: true });
  writeFileSync(join(folder, 'journal.jsonl'), 'the original’s\n');
  writeFileSync(join(folder, 'jobs', 'builds.jsonl'), 'the original’s\n');
  if (document !== undefined) writeFileSync(join(folder, '..', 'vmmanage-clone.json'), document);
  return folder;
}

it('is no clone without a document', async () => {
  const folder = machine();
  expect(await becomeClone(folder, 'db7')).toBeUndefined();
  expect(readdirSync(folder).sort()).toEqual(['jobs', 'journal.jsonl']);
});

it('sets the original’s files aside and says what it is', async () => {
  const folder = machine(formatDocument(DOCUMENT));
  const self = await becomeClone(folder, 'db7', async () => 'i-1');
  expect(self).toEqual({
    ...{ of: 'db7', request: '01JH', host: 'aws', home: 'xen1', instance: 'i-1' },
    mailbox: 'https://dav.example.org/',
  });
  expect(readdirSync(folder)).toEqual(['before-01JH']);
  const kept = join(folder, 'before-01JH', 'jobs', 'builds.jsonl');
  expect(readFileSync(kept, 'utf8')).toBe('the original’s\n');
});

it('keeps what it has written itself', async () => {
  const folder = machine(formatDocument(DOCUMENT));
  await becomeClone(folder, 'db7');
  const options = { folder, vm: 'db7', maxBytes: 1e6, keep: 1 };
  const { journal } = await Journal.open(options);
  const cloned = { of: 'db7', request: '01JH', instance: 'i-1', host: 'aws', home: 'xen1' };
  const at = { wallMs: 0, boot: 'b', bootMs: 0 };
  await journal.append([{ type: 'cloned', ...cloned }], at, () => ({}) as never);
  await journal.close();
  await becomeClone(folder, 'db7');
  expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).toContain('"cloned"');
});

it.each([
  ['another guest’s document', formatDocument({ ...DOCUMENT, vm: 'db8' })],
  ['a document that isn’t one', '{}'],
])('doesn’t begin with %s', async (_, document) => {
  const folder = machine(document);
  await expect(becomeClone(folder, 'db7')).rejects.toThrow(IdentityError);
  expect(readdirSync(folder).sort()).toEqual(['jobs', 'journal.jsonl']);
});
