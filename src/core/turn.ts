/**
 * One turn of `step`: the state as it becomes, and the effects in their order. Every change but
 * the readings' is an entry that is recorded, so no change can be forgotten in the journal.
 */
import { alertOf, type Raised } from './alerts.ts';
import { apply } from './apply.ts';
import type { Conf } from './conf.ts';
import type { Entry } from './entries.ts';
import type { Effect, Errand, Refusal } from './events.ts';
import type { State } from './state.ts';
import type { Stamp } from './time.ts';

export class Turn {
  state: State;
  readonly conf: Conf;
  readonly at: Stamp;
  readonly effects: Effect[] = [];

  constructor(state: State, conf: Conf, at: Stamp) {
    this.state = state;
    this.conf = conf;
    this.at = at;
  }

  record(entry: Entry): void {
    const before = this.state;
    this.state = apply(before, entry, this.at);
    this.effects.push({ do: 'journal', entry });
    const raised = alertOf(entry, before, this.state, this.conf);
    if (raised) this.alert(raised);
  }

  alert(raised: Raised): void {
    const n = this.state.alerts.n + 1;
    this.record({ type: 'alert', n, ...raised });
    const { about, text } = raised;
    this.act({ do: 'alert', alert: { n, about, text, at: this.at } });
  }

  act(errand: Errand): void {
    this.effects.push(errand);
  }

  refuse(code: Refusal['code'], reason: string, change?: string): void {
    this.effects.push({ do: 'refuse', code, reason, ...(change === undefined ? {} : { change }) });
  }
}
