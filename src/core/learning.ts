/**
 * When something is learned of a host (DESIGN.md §6): one lesson for each arrival within an
 * episode. The episode ends there, and the host helped; or a policy's next move of the episode is
 * confirmed elsewhere, and it didn't. Of the host that it leaves a move by hand or by others
 * teaches nothing: it had no fair trial. Of the host that it comes to, what the guest then sees
 * there teaches as after any arrival.
 */
import type { OpenRequest } from './state.ts';
import { isBase } from './targets.ts';
import { elapsedMs } from './time.ts';
import { endOfEpisode } from './tracks.ts';
import type { Turn } from './turn.ts';

/** After a reading: the end of the episode, if it brought that. */
export function noteEnd(turn: Turn): void {
  const { episode } = turn.state;
  const reason = endOfEpisode(turn.state, turn.conf);
  if (!episode || !reason) return;
  const { policy } = episode;
  if (reason === 'recovered') noteRecovery(turn, policy);
  turn.record({ type: 'episode-ended', policy, reason });
}

function noteRecovery(turn: Turn, policy: string): void {
  const { arrival, place } = turn.state;
  if (!arrival || !place || isBase(place.host, turn.conf)) return;
  const after_ms = elapsedMs(arrival.at, turn.at);
  turn.record({ type: 'learned', host: place.host, recovered: true, after_ms, policy });
}

/** Before the outcome that ends the stay at `request.from` is recorded. */
export function noteNoRecovery(
  turn: Turn,
  { verdict, policy: asker, from, at }: OpenRequest,
): void {
  const { episode, arrival } = turn.state;
  if (verdict !== 'move' || asker === undefined || !episode || !arrival) return;
  if (isBase(from, turn.conf)) return;
  const after_ms = elapsedMs(arrival.at, at);
  turn.record({ type: 'learned', host: from, recovered: false, after_ms, policy: episode.policy });
}
