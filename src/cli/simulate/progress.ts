/** A bar on the terminal for what takes long; nothing for what doesn't. */
import type { Terminal } from '../terminal.ts';
import type { Progress } from './trace-files.ts';

/** Before this nobody wonders. */
const QUIET_MS = 500;
const REDRAW_MS = 100;
const CELLS = 24;

export interface Bar {
  readonly show: Progress;
  /** Wipes it. */
  end(): void;
}

export function progressBar({ clock, progress }: Pick<Terminal, 'clock' | 'progress'>): Bar {
  let nextMs = clock.monotonicMs() + QUIET_MS;
  let shown = false;
  return {
    show(done, of) {
      const nowMs = clock.monotonicMs();
      if (nowMs < nextMs) return;
      nextMs = nowMs + REDRAW_MS;
      shown = true;
      progress(barText(done, of));
    },
    end() {
      if (shown) progress('');
    },
  };
}

/** A trace that grows while it is read is never more than whole. */
export function barText(done: number, of: number): string {
  const share = of === 0 ? 1 : Math.min(1, done / of);
  const full = Math.round(share * CELLS);
  return `simulating ${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${Math.floor(share * 100)}%`;
}
