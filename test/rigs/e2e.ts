/**
 * `npm run e2e:xen` and `npm run e2e:libvirt`: two real hosts, a guest that is really migrated between
 * them, the story with it, and a table of what happened. Whatever happens, everything is ended.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentGone } from '../../scripts/main-job/job.ts';
import { announces, clockText, indented, say } from '../../scripts/main-job/say.ts';
import { checkCentralLog, outcomesOf, readJournal } from './journal.ts';
import { buildImages, RIGS, Rig, type RigName, takeDown } from './rig.ts';
import { onStage, type Stage } from './stage.ts';
import { tellStory } from './story.ts';
import { type Row, tableText } from './table.ts';

const LIMIT_MS = 60 * 60_000;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function isRig(name: string | undefined): name is RigName {
  return RIGS.some((rig) => rig === name);
}

/** Aborted by Ctrl-C, by a closed terminal, by npm's end, and at the end of its time. */
function wantedEnd(): AbortController {
  const end = new AbortController();
  const because = (why: string) => () => end.abort(new Error(why));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, because(`interrupted (${signal})`));
  }
  parentGone(end.signal, because('npm is gone'));
  setTimeout(because(`not done after ${LIMIT_MS / 60_000} minutes`), LIMIT_MS).unref();
  return end;
}

async function run(name: RigName, end: AbortSignal): Promise<void> {
  const rig = new Rig(name, end);
  announces('IMAGES', 'are built where they are missing');
  await buildImages(name, end);
  try {
    announces('START', `host1 and host2: ${name}`);
    await rig.up();
    const folder = mkdtempSync(join(tmpdir(), `vmmanage-e2e-${name}-`));
    await onStage(rig, folder, end, play);
  } finally {
    announces('END', 'everything is ended and removed');
    await takeDown(rig);
  }
}

async function play(stage: Stage): Promise<void> {
  const rows: Row[] = [];
  try {
    await tellStory(stage, rows);
    announces('CHECKED', await checkCentralLog(stage, await readJournal(stage.rig)));
  } finally {
    say(`\nThe central log, ${stage.log.file}:\n\n${indented(stage.log.texts().join('\n'))}`);
    // Where the guest can't be asked any more, the table has gaps.
    const entries = await readJournal(stage.rig).catch(() => []);
    say(`\n${tableText(rows, outcomesOf(entries))}\n`);
  }
}

async function main(name: string | undefined): Promise<number> {
  if (!isRig(name) || process.getuid?.() !== 0) {
    console.error(`as root: npm run e2e:${RIGS.join(' or e2e:')}`);
    return EXIT_USAGE;
  }
  const end = wantedEnd();
  try {
    await run(name, end.signal);
    say(`Done after ${clockText()}.`);
    return 0;
  } catch (error) {
    const cause = end.signal.aborted ? end.signal.reason : error;
    console.error(`\ne2e:${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    return EXIT_FAILED;
  }
}

process.exit(await main(process.argv[2]));
