/** Who may import whom (ARCHITECTURE.md), and what the pure rooms must not touch. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  allSources,
  bareCode,
  packageOf,
  ROOT,
  resolved,
  roomOf,
  specifiers,
  withoutComments,
} from './source.ts';

/** Each room, and the other rooms, or single files of them, that it may import from. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: [],
  policies: ['core'],
  system: ['core'],
  conf: ['policies', 'core', 'wire'],
  probes: ['system', 'core', 'wire', 'jobs/page.ts'],
  migrators: ['system', 'core', 'wire'],
  sink: ['system', 'core', 'wire'],
  logs: [
    'core',
    'sink/escape.ts',
    'sink/formats/brackets.ts',
    'sink/formats/structured-data.ts',
    'sink/formats/syslog.ts',
    'sink/formats/time-stamp.ts',
  ],
  jobs: ['system', 'core', 'wire'],
  daemon: ['jobs', 'sink', 'migrators', 'probes', 'conf', 'policies', 'system', 'core', 'wire'],
  cli: [
    'daemon',
    'jobs',
    'logs',
    'sink',
    'migrators',
    'probes',
    'conf',
    'policies',
    'system',
    'core',
    'wire',
  ],
};

/** The runtime packages and the rooms that use each: what a package does has one place. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@xmldom/xmldom': ['cli', 'migrators'],
  aws4fetch: ['migrators'],
  axios: ['daemon', 'cli', 'migrators', 'system'],
  commander: ['cli'],
  execa: ['system'],
  ini: ['conf'],
  luxon: ['core', 'sink', 'cli'],
  mysql2: ['probes'],
  'prom-client': ['system'],
  ulid: ['daemon'],
  uplot: ['cli'],
  winston: ['daemon'],
  yaml: ['migrators'],
};

/** Loaded where they are first needed: few guests use them, and they cost memory and start-up. */
const LATE: readonly string[] = ['aws4fetch', 'axios', 'execa', 'mysql2', 'yaml'];

/** Rooms that give the same answer for the same arguments, always. */
const PURE: readonly string[] = ['core', 'policies', 'wire'];
const PURE_PACKAGES: readonly string[] = ['luxon'];
const IMPURE =
  /\b(Date|setTimeout|setInterval|setImmediate|queueMicrotask|process|performance|console|fetch|crypto|globalThis|Math\.random)\b/g;

const MAX_LINES = 400;

const sources = allSources();

/** `src/core/step.ts: word`, one for each finding, so that a failure names all of them. */
function findings(find: (source: (typeof sources)[number]) => readonly string[]): string[] {
  return sources.flatMap((source) => find(source).map((finding) => `${source.path}: ${finding}`));
}

describe('the files looked at', () => {
  it('are many, and lie in every room', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect([...new Set(sources.map(({ room }) => room))].sort()).toEqual(Object.keys(ROOMS).sort());
  });

  it('import each other often enough for the rules to mean anything', () => {
    const edges = sources.flatMap(({ path, text }) =>
      specifiers(text).filter((specifier) => resolved(specifier, path) !== undefined),
    );
    expect(edges.length).toBeGreaterThan(200);
  });
});

describe('an import', () => {
  it('leads only to a room that its own may use', () => {
    const forbidden = findings(({ path, room, text }) =>
      specifiers(text).filter((specifier) => {
        const target = resolved(specifier, path);
        if (target === undefined) return false;
        const to = roomOf(target);
        const allowed = [room, ...(ROOMS[room] ?? [])];
        return !allowed.some((each) => each === to || `src/${each}` === target);
      }),
    );
    expect(forbidden).toEqual([]);
  });

  it('leads to a file that is there', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const missing = findings(({ path, text }) =>
      specifiers(text).filter((specifier) => {
        const target = resolved(specifier, path);
        return target !== undefined && !paths.has(target);
      }),
    );
    expect(missing).toEqual([]);
  });

  it('is written so that these tests can see where it leads', () => {
    const hidden = findings(({ text }) => {
      const code = bareCode(text);
      return (
        code.match(
          /\bimport(?:\.meta\.resolve)?\s*\((?!\s*'')|\brequire\s*\(|\bcreateRequire\b/g,
        ) ?? []
      );
    });
    expect(hidden).toEqual([]);
  });

  it('takes a package only in the rooms of that package', () => {
    const forbidden = findings(({ room, text }) =>
      specifiers(text).filter((specifier) => {
        const name = packageOf(specifier);
        return name !== undefined && !PACKAGES[name]?.includes(room);
      }),
    );
    expect(forbidden).toEqual([]);
  });
});

describe('the runtime packages', () => {
  it('are those of package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(PACKAGES).sort()).toEqual(Object.keys(dependencies).sort());
  });

  it('that few guests need are loaded late', () => {
    const early = findings(({ text }) =>
      LATE.filter((name) => new RegExp(`^import (?!type ).*from '${name}'`, 'm').test(text)),
    );
    expect(early).toEqual([]);
  });

  it('are all used, each in all of its rooms', () => {
    const used = new Set(
      sources.flatMap(({ room, text }) =>
        specifiers(text).map((specifier) => `${packageOf(specifier)} in ${room}`),
      ),
    );
    const listed = Object.entries(PACKAGES).flatMap(([name, rooms]) =>
      rooms.map((room) => `${name} in ${room}`),
    );
    expect(listed.filter((each) => !used.has(each))).toEqual([]);
  });
});

describe('core, policies and wire', () => {
  const isPure = (room: string) => PURE.includes(room);

  it('are looked at', () => {
    expect(sources.filter(({ room }) => isPure(room)).length).toBeGreaterThan(25);
  });

  it('import nothing of Node and no package but luxon', () => {
    const foreign = findings(({ room, text }) =>
      specifiers(text).filter((specifier) => {
        const own = specifier.startsWith('.') || PURE_PACKAGES.includes(specifier);
        return isPure(room) && !own;
      }),
    );
    expect(foreign).toEqual([]);
  });

  it('read no clock, no randomness and nothing global', () => {
    const impure = findings(({ room, text }) =>
      isPure(room) ? (bareCode(text).match(IMPURE) ?? []) : [],
    );
    expect(impure).toEqual([]);
  });
});

describe('a file', () => {
  it('exports by name, and only what is its own', () => {
    const forbidden = findings(({ text }) => {
      const code = withoutComments(text);
      return code.match(/\bexport\s+default\b|\bexport\b[^;=(]*?\bfrom\s*['"]/g) ?? [];
    });
    expect(forbidden).toEqual([]);
  });

  it(`has ${MAX_LINES} lines at most`, () => {
    const long = findings(({ text }) => {
      const lines = text.split('\n').length - 1;
      return lines > MAX_LINES ? [`${lines} lines`] : [];
    });
    expect(long).toEqual([]);
  });
});
