/** The moves that the move limit counts. */
import type { Conf } from './conf.ts';
import type { OpenRequest, State } from './state.ts';
import { elapsedMs, type Stamp } from './time.ts';

/** As many as any limit could ask for. */
const MOVES_MAX = 1000;

/** The moves, with this one where it counts. */
export function moveOf(state: State, request: OpenRequest, at: Stamp): Pick<State, 'moves'> {
  if (!countsAgainstLimit(request)) return { moves: state.moves };
  return { moves: [...state.moves, at].slice(-MOVES_MAX) };
}

function countsAgainstLimit(request: OpenRequest): boolean {
  return request.verdict === 'move' || request.verdict === 'away';
}

/** The moves that the limit still looks at. */
export function recentMoves(moves: readonly Stamp[], at: Stamp, conf: Conf): readonly Stamp[] {
  const spanMs = conf.constraints.maxMoves?.spanMs;
  if (spanMs === undefined) return [];
  return moves.slice(moves.findLastIndex((move) => elapsedMs(move, at) >= spanMs) + 1);
}
