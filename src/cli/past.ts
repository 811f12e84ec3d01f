/** `explain` of a moment of the past: finds it in the journal, and the conf that was in force. */
import type { Loaded } from '../conf/loaded.ts';
import type { Recorded } from '../daemon/journal.ts';
import type { PastMoment } from '../daemon/past-sight.ts';
import type { ExplainReport } from '../wire/control.ts';
import { needConf } from './conf.ts';
import { CliError, EXIT } from './exit.ts';
import { parseMoment } from './moments.ts';
import { readRecords, type StoredOptions, stateFolder, unreadable } from './stored.ts';
import type { Terminal } from './terminal.ts';

interface Wanted extends StoredOptions {
  readonly at?: string;
  readonly request?: string;
}

export async function explainStored(wanted: Wanted, terminal: Terminal): Promise<ExplainReport> {
  const [{ explainPast }, { storedRows }, { PastRequests }, { restoreSpanMs }] = await Promise.all([
    import('../daemon/past-sight.ts'),
    import('../daemon/history.ts'),
    import('../daemon/past.ts'),
    import('../daemon/restore.ts'),
  ]);
  const folder = await stateFolder(wanted);
  const records = await readRecords(folder, terminal);
  const moment = await find(wanted, records, terminal);
  const { loaded, note } = await confOf(moment, wanted, terminal);
  const requests = new PastRequests(Infinity);
  for (const record of records) requests.add(record);
  const { wallMs } = moment.at;
  const rows = guarded(
    () => storedRows(folder, wallMs - restoreSpanMs(loaded.rules), wallMs),
    folder,
  );
  const outcome = requests.all().find(({ id }) => id === wanted.request);
  const report = explainPast(moment, rows, loaded, outcome);
  return note === undefined ? report : { ...report, notes: [...(report.notes ?? []), note] };
}

function guarded<T>(read: () => T, folder: string): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(error, folder);
  }
}

async function find(
  { at, request }: Wanted,
  records: readonly Recorded[],
  { clock, zone }: Terminal,
): Promise<PastMoment> {
  const { momentAt, momentOfRequest } = await import('../daemon/past-sight.ts');
  if (request !== undefined) {
    const found = momentOfRequest(records, request);
    if (found) return found;
    throw new CliError(EXIT.failed, `the journal holds no request ${request}`, [
      'see vmmanage history --since 30d --json --requests',
    ]);
  }
  const text = at ?? '';
  const wallMs = parseMoment(text, clock.now().wallMs, zone);
  if (wallMs === undefined)
    throw new CliError(EXIT.usage, `${text} is not a time of the past`, EXAMPLES);
  const found = momentAt(records, wallMs);
  if (found) return found;
  const [first] = records;
  const begins = first ? `it begins at ${new Date(first.at.wallMs).toISOString()}` : 'it is empty';
  throw new CliError(EXIT.failed, `the journal doesn't reach back to ${text}: ${begins}`);
}

const EXAMPLES = ['as in 14:02, "yesterday 14:02", 2h, or 2009-05-13T18:34:40Z'];

/** The conf that was in force; the present one where it can't be had any more, which is said. */
async function confOf(
  moment: PastMoment,
  { conf }: Wanted,
  terminal: Terminal,
): Promise<{ readonly loaded: Loaded; readonly note?: string }> {
  const [{ confThen }, { confOfValues }, { plugins }] = await Promise.all([
    import('../daemon/past-sight.ts'),
    import('../conf/journaled.ts'),
    import('../daemon/plugins.ts'),
  ]);
  const values = confThen(moment);
  const then = values ? confOfValues(values, plugins()) : { problem: 'the journal has dropped it' };
  if (!('problem' in then)) return { loaded: then };
  const note = `by the present conf; that of then can't be used: ${then.problem}`;
  return { loaded: await needConf(conf ?? [], terminal, 'leave'), note };
}
