/** `vmmanage logs`: reads the central log, as it is or as pictures. Touches nothing. */
import { LOG_EVENTS, logEvents } from '../../core/log-events.ts';
import { ActivityOf } from '../../logs/activity.ts';
import type { Seen } from '../../logs/read.ts';
import type { Wanted } from '../../logs/wanted.ts';
import { viewOf } from '../ask.ts';
import type { Call, CliCommand } from '../command.ts';
import { EXIT } from '../exit.ts';
import { follow } from '../logs/follow.ts';
import {
  checkFollowed,
  closeNamed,
  followedOf,
  linesOf,
  type Named,
  newlyNamed,
  openNamed,
} from '../logs/logs.ts';
import { describe, type LogsOptions, wantedOf } from '../logs/options.ts';
import { logPage, Tellings } from '../logs/page.ts';
import { renderActivity } from '../render/activity.ts';
import { clean, jsonText } from '../render/clean.ts';
import { logJson, logRenderer } from '../render/log-line.ts';
import { flow } from '../render/text.ts';
import type { Terminal } from '../terminal.ts';
import { writePage } from '../write-page.ts';

const FOLLOWED_LINES = 10;
const NO_WIDTH = 90;

export const logs: CliCommand<LogsOptions> = {
  notes: [
    'Without a file it reads that of vmmanage-sink on this machine. Rotated and gzipped files beside a',
    'file are read where the time asked for, or -n, needs them. See docs/logs.md.',
    '',
    'Events:',
    ...flow(logEvents().map(eventHelp), '; ', NO_WIDTH).map((line) => `  ${line}`),
  ].join('\n'),
  examples: [
    'vmmanage logs -f',
    'vmmanage logs --host nii3 --since 2h --event request,moved,failed',
    'vmmanage logs --request 01JD3KQ8ZC5YV3T0M4G7N2A9XB',
    'vmmanage logs --since 7d --json /srv/logs/central.log | jq .fields.to',
    'vmmanage logs --activity --since 24h',
    'vmmanage logs --html month.html --since 30d',
  ],
  describe,
  async run(call) {
    const { options, operands, terminal } = call;
    const wanted = wantedOf(options, terminal);
    if (options.follow) checkFollowed(operands);
    const stop = terminal.interrupted();
    const named = await openNamed(operands, terminal, stop);
    try {
      if (options.activity || options.html !== undefined) await draw(named, call, wanted, stop);
      else await print(named, call, wanted, stop);
      return EXIT.done;
    } finally {
      await closeNamed(named);
    }
  },
};

function eventHelp(event: ReturnType<typeof logEvents>[number]): string {
  return event === 'other' ? 'other (not the daemon’s)' : `${event} (${LOG_EVENTS[event].help})`;
}

async function print(
  named: Named,
  { options, terminal }: Call<LogsOptions>,
  wanted: Wanted,
  stop: AbortSignal,
) {
  const render = options.json ? logJson : logRenderer(viewOf(terminal));
  const take = async (lines: readonly Seen[]) => {
    if (lines.length === 0 || stop.aborted) return;
    await terminal.print(`${lines.map(render).join('\n')}\n`);
  };
  const logs = options.follow ? await followedOf(named) : undefined;
  const last = options.lines ?? (logs && wanted.sinceMs === undefined ? FOLLOWED_LINES : undefined);
  const lines = await linesOf(named, { wanted, last, tell: warn(terminal) }, logs !== undefined);
  for await (const batch of lines) {
    await take(batch);
    if (stop.aborted) return;
  }
  if (!logs) return;
  const newer = (known: Parameters<typeof newlyNamed>[1]) => newlyNamed(named, known, terminal);
  await follow({ logs, newer, wanted, take, clock: terminal.clock }, stop);
}

function warn(terminal: Terminal): (text: string) => void {
  return (text) => terminal.err(`vmmanage: ${clean(text)}`);
}

/** Only what tells of requests and places counts; the filters choose among that. */
async function draw(
  named: Named,
  { options, terminal }: Call<LogsOptions>,
  wanted: Wanted,
  stop: AbortSignal,
) {
  const drawn = new ActivityOf();
  const tellings = new Tellings();
  const asked = { wanted, last: undefined, tell: warn(terminal) };
  for await (const batch of await linesOf(named, asked, false)) {
    for (const seen of batch) {
      drawn.take(seen.line());
      if (options.html !== undefined) tellings.take(seen.line());
    }
    if (stop.aborted) return;
  }
  const activity = drawn.whole();
  if (options.activity) {
    const told = options.json ? jsonText(activity) : renderActivity(activity, viewOf(terminal));
    terminal.out(told);
  }
  if (options.html !== undefined) {
    await writePage(options.html, logPage(activity, tellings, terminal.zone), terminal);
  }
}
