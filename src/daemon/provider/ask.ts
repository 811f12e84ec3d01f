/** Asks the provider where the guest is. What it answers is read by who asked; see post.ts for the rest. */
import type { ProviderSettings } from '../../conf/loaded.ts';
import type { Clock } from '../../core/clock.ts';
import type { ProviderSays } from '../../migrators/locators/locator.ts';
import { withDeadline } from '../../system/deadline.ts';
import { VM_PATH } from '../../wire/provider.ts';
import { addressOf, agentsFor, codeOf, destroy, requestOf } from './post.ts';

/** GET /v1/vm. Never rejects. */
export function askProvider(
  settings: ProviderSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProviderSays> {
  return withDeadline(settings.timeoutMs, signal, clock, async (bound) => {
    try {
      return await get(settings, bound);
    } catch (error) {
      return { problem: bound.aborted ? 'no answer in time' : codeOf(error) };
    }
  });
}

async function get(settings: ProviderSettings, signal: AbortSignal): Promise<ProviderSays> {
  const agents = await agentsFor(settings.ca);
  try {
    const { default: axios } = await import('axios');
    const request = { ...agents, ...requestOf(settings), signal };
    const { status, data } = await axios.get<unknown>(addressOf(settings, VM_PATH), request);
    return status === 200 ? { body: String(data) } : { problem: `HTTP status ${status}` };
  } finally {
    destroy(agents);
  }
}
