/**
 * The main job of `npm start`: a guest whose database is slow asks to be moved, moves, and says so
 * in the central log. Everything in it is the real program (MariaDB, the sink, the daemon) but the
 * hosts: the migrator `local` keeps them in a file.
 *
 * It ends what it started, however it ends itself: Ctrl-C, SIGTERM, a closed terminal, an error.
 */
import { parseArgs } from 'node:util';
import { parentGone, runJob } from './main-job/job.ts';
import { say } from './main-job/say.ts';
import { checkCentralLog, tellStory } from './main-job/story.ts';

const LIMIT_MS = 120_000;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** As a shell reports a program that a signal ended. */
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const HELP = `npm start -- [--keep] [--remove]
  --keep    leave everything running afterwards, until Ctrl-C
  --remove  remove the conf, the logs and the journal at the end`;

class Interrupted extends Error {
  readonly status: number;
  constructor(why: string, status: number) {
    super(why);
    this.status = status;
  }
}

function readOptions() {
  const flag = { type: 'boolean', default: false } as const;
  return parseArgs({ options: { keep: flag, remove: flag, help: { ...flag, short: 'h' } } }).values;
}

/** Aborted when somebody or something wants this to end. */
function wantedEnd(): AbortController {
  const end = new AbortController();
  for (const [signal, status] of Object.entries(EXIT_BY_SIGNAL)) {
    process.on(signal, () => end.abort(new Interrupted(`interrupted (${signal})`, status)));
  }
  // A reader that went away: a closed terminal, or `npm start | head`.
  const unread = () => end.abort(new Interrupted('nobody reads the output', EXIT_FAILED));
  process.stdout.on('error', unread);
  process.stderr.on('error', unread);
  // npm killed outright can't hand its signal on.
  parentGone(end.signal, () => end.abort(new Interrupted('npm is gone', EXIT_FAILED)));
  return end;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    say(HELP);
    return 0;
  }
  const end = wantedEnd();
  const tooLong = () => end.abort(new Error(`not done after ${LIMIT_MS / 1000} s`));
  const limit = setTimeout(tooLong, LIMIT_MS);
  try {
    await runJob(options, end.signal, async (stage) => {
      const moves = await tellStory(stage, end.signal);
      // With --keep the daemon goes on, and its last word is missing.
      if (!options.keep) await stage.daemon.end();
      await checkCentralLog(stage, moves, end.signal);
      clearTimeout(limit);
    });
    return 0;
  } catch (error) {
    const { reason } = end.signal;
    const cause = end.signal.aborted ? reason : error;
    console.error(`\nmain job: ${cause instanceof Error ? cause.message : String(cause)}`);
    return cause instanceof Interrupted ? cause.status : EXIT_FAILED;
  } finally {
    end.abort();
    clearTimeout(limit);
  }
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(EXIT_USAGE);
  },
);
