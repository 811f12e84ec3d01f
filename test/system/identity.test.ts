/** By what a machine is told from its copy: files as they stand on real machines, and odd ones. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { identify, tellIdentity } from '../../src/daemon/identify.ts';
import { readIdentity } from '../../src/system/identity.ts';
import { manualClock } from '../support/manual-clock.ts';
import { tempFolder } from '../support/temp.ts';
import { makeConf, World } from '../support/world.ts';

const MACHINE = '/etc/machine-id';
const PRODUCT = '/sys/class/dmi/id/product_uuid';
const ID = 'b08dfa6083e7567a1921a715000001fb';
const UUID = '4c4c4544-0042-3510-8052-b4c04f4e4d31';

function machine(files: Readonly<Record<string, string>>): string {
  const root = tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('a machine', () => {
  it('is known by both, and neither can be read off what is kept', async () => {
    const ids = await readIdentity(machine({ [MACHINE]: `${ID}\n`, [PRODUCT]: `${UUID}\n` }));
    expect(Object.keys(ids)).toEqual(['machine-id', 'product-uuid']);
    for (const id of Object.values(ids)) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(ids)).not.toContain(ID.slice(0, 8));
  });

  it('is the same however its ids are written, and another with others', async () => {
    const of = (id: string) => readIdentity(machine({ [PRODUCT]: id }));
    expect(await of(UUID.toUpperCase())).toEqual(await of(`${UUID}\n`));
    expect(await of(UUID.replace('4c', '4d'))).not.toEqual(await of(UUID));
  });

  it.each(['', 'uninitialized\n', 'x'.repeat(9000), `${ID}${ID}`, '$(id)'])(
    'is known by nothing where its file holds %j',
    async (text) => {
      expect(await readIdentity(machine({ [MACHINE]: text }))).toEqual({});
    },
  );

  it('is known by nothing where there is no file, or a folder', async () => {
    expect(await readIdentity(machine({}))).toEqual({});
    expect(await readIdentity(machine({ [`${MACHINE}/x`]: '' }))).toEqual({});
  });
});

describe('a daemon', () => {
  const life = async (world: World, files: Readonly<Record<string, string>>) => {
    const before = world.entries.length;
    const post = async (happening: object) => world.send(happening as never);
    await identify({ clock: manualClock(), post }, undefined, machine(files));
    return world.entries.slice(before).map(({ entry }) => entry);
  };

  it('notes who it is once, what it learns later, and what is another', async () => {
    const world = new World(makeConf());
    const first = await life(world, { [MACHINE]: ID });
    expect(first).toMatchObject([{ type: 'identity' }]);
    expect(await life(world, { [MACHINE]: ID })).toEqual([]);
    expect(await life(world, {})).toEqual([]);
    expect(await life(world, { [MACHINE]: ID, [PRODUCT]: UUID })).toMatchObject([
      { type: 'identity', ids: { 'machine-id': expect.any(String) } },
    ]);
    const other = { [MACHINE]: ID.replace('b0', 'b1') };
    const changed = await life(world, other);
    expect(changed).toMatchObject([
      { type: 'identity-changed', changed: ['machine-id'] },
      { type: 'paused', copy: true },
    ]);
    expect(changed.every(isEntry)).toBe(true);
    expect(Object.keys(world.state.identity ?? {})).toEqual(['machine-id', 'product-uuid']);
    expect(await life(world, other)).toEqual([]);
  });

  it('warns of a change, and of nothing else', () => {
    const warned: unknown[] = [];
    const log = { warn: (...said: unknown[]) => void warned.push(said) };
    tellIdentity({ type: 'identity', ids: {} }, log);
    const entry: Entry = { type: 'identity-changed', ids: {}, changed: ['machine-id'] };
    tellIdentity(entry, log);
    expect(warned).toEqual([
      [expect.stringContaining('another machine'), { changed: 'machine-id' }],
    ]);
  });
});
