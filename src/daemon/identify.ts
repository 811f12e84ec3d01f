/** Tells core by what this machine is known, and its own log when that isn't what it was. */
import type { Entry } from '../core/entries.ts';
import { INSTANCE } from '../core/identity.ts';
import { readIdentity } from '../system/identity.ts';
import type { Identity } from './instance.ts';
import type { LocalLog } from './local-log.ts';
import type { Watcher } from './watch.ts';

/** At a start, and after a freeze: a machine that was copied while it stood still wakes up twice. */
export async function identify(
  { clock, post }: Watcher,
  instance: Identity = async () => undefined,
  root?: string,
): Promise<void> {
  const [own, id] = await Promise.all([readIdentity(root), instance()]);
  const ids = id === undefined ? own : { ...own, [INSTANCE]: id };
  await post({ at: clock.now(), type: 'identified', ids });
}

export function tellIdentity(entry: Entry, log: Pick<LocalLog, 'warn'>): void {
  if (entry.type !== 'identity-changed') return;
  const changed = entry.changed.join(', ');
  log.warn('this is another machine than the one that the journal tells of', { changed });
}
