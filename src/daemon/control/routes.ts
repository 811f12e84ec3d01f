/** What the control sockets answer to: each call becomes an event, or a report. */
import type { Happening, Told } from '../../core/events.ts';
import type { Sighting } from '../../core/sighting.ts';
import type { Stamp } from '../../core/time.ts';
import type { JobsReport, MoveAnswer, ReloadAnswer, RequestAnswer } from '../../wire/control.ts';
import type { Result } from '../engine.ts';
import { JournalError } from '../journal.ts';
import {
  explainReport,
  hostReports,
  requestReport,
  type Sight,
  statusReport,
  whereReport,
} from '../reports.ts';
import {
  FieldError,
  oneOf,
  only,
  optionalFlag,
  optionalSpan,
  optionalText,
  text,
} from './fields.ts';
import { type Answer, type Call, type Handler, problem, type Routes } from './server.ts';

export interface Daemon {
  sight(): Sight;
  jobs(): JobsReport;
  now(): Stamp;
  newId(): string;
  post(happening: Happening): Promise<Result>;
  /** Asks the locators now. */
  look(): Promise<Sighting>;
  /** Asks the `hold_while` program now; undefined where the conf has none. */
  askHold(): Promise<Told | undefined>;
  /** What was wrong with the conf, or what came of it. */
  reload(): Promise<ReloadAnswer | { readonly problems: readonly string[] }>;
}

export function lookRoutes(daemon: Daemon): Routes {
  const report = (make: (sight: Sight) => object): Handler => {
    return () => ({ status: 200, body: make(daemon.sight()) });
  };
  return {
    'GET /v1/status': report(statusReport),
    'GET /v1/explain': async () => {
      const told = await daemon.askHold();
      return { status: 200, body: explainReport({ ...daemon.sight(), told }) };
    },
    'GET /v1/hosts': report((sight) => ({ hosts: hostReports(sight) })),
    'GET /v1/jobs': () => ({ status: 200, body: daemon.jobs() }),
    'GET /v1/where': async () => {
      const sighting = await daemon.look();
      return { status: 200, body: whereReport(sighting, daemon.sight()) };
    },
    'GET /v1/requests/*': ({ path }) => findRequest(daemon.sight(), path.split('/').at(-1) ?? ''),
  };
}

function findRequest(sight: Sight, id: string): Answer {
  const { state, past } = sight;
  const ended = past.find((request) => request.id === id);
  if (ended) return { status: 200, body: { past: ended } satisfies RequestAnswer };
  if (state.request?.id !== id) return problem(404, `no request ${id.slice(0, 40)} is known`);
  return {
    status: 200,
    body: { open: requestReport(state.request, sight) } satisfies RequestAnswer,
  };
}

export function actRoutes(daemon: Daemon): Routes {
  const routes: Routes = {
    'POST /v1/move': (call) => move(daemon, call),
    'POST /v1/cancel': ({ body }) => {
      only(body, ['request']);
      const request = optionalText(body, 'request');
      return act(daemon, { type: 'cancel', ...(request === undefined ? {} : { request }) });
    },
    'POST /v1/resolve': ({ body }) => {
      only(body, ['request', 'host']);
      const host = optionalText(body, 'host');
      const request = text(body, 'request');
      return act(daemon, { type: 'resolve', request, ...(host === undefined ? {} : { host }) });
    },
    'POST /v1/clear-bar': ({ body }) => {
      only(body, ['host']);
      return act(daemon, { type: 'clear-bar', host: text(body, 'host') });
    },
    'POST /v1/pause': ({ body }) => pause(daemon, body),
    'POST /v1/resume': ({ body }) => {
      only(body, []);
      return act(daemon, { type: 'resume' });
    },
    'POST /v1/inhibit': (call) => inhibit(daemon, call),
    'POST /v1/reload': () => reload(daemon),
  };
  return Object.fromEntries(
    Object.entries(routes).map(([path, handler]) => [path, understood(handler)]),
  );
}

type Unstamped<H> = H extends Happening ? Omit<H, 'at'> : never;

async function act(daemon: Daemon, happening: Unstamped<Happening>): Promise<Answer> {
  const result = await daemon.post({ ...happening, at: daemon.now() } as Happening);
  return refused(result) ?? { status: 200, body: {} };
}

function refused({ refusal }: Result): Answer | undefined {
  if (!refusal) return undefined;
  const { code, reason, change } = refusal;
  return problem(code === 'held' ? 409 : 422, reason, change === undefined ? {} : { change });
}

/** What a caller got wrong is his 400, a journal that can't be written a 503. */
function understood(handler: Handler): Handler {
  return async (call) => {
    try {
      return await handler(call);
    } catch (error) {
      if (error instanceof FieldError) return problem(400, error.message);
      if (error instanceof JournalError) return problem(503, error.message);
      throw error;
    }
  };
}

async function move(daemon: Daemon, { body }: Call): Promise<Answer> {
  only(body, ['verdict', 'host', 'force', 'why']);
  const host = optionalText(body, 'host');
  const why = optionalText(body, 'why');
  const verdict = oneOf(body, 'verdict', ['move', 'base', 'away', 'home']);
  const force = optionalFlag(body, 'force');
  const told = await daemon.askHold();
  const result = await daemon.post({
    at: daemon.now(),
    type: 'ask',
    ...{ verdict, force },
    ...(told ? { told } : {}),
    ...(host === undefined ? {} : { host }),
    ...(why === undefined ? {} : { why }),
  });
  const intended = result.entries.find((entry) => entry.type === 'intended');
  if (!intended) return refused(result) ?? problem(422, 'nothing came of it');
  const { request, from, to } = intended;
  return { status: 202, body: { request, from, to } satisfies MoveAnswer };
}

function pause(daemon: Daemon, body: Call['body']): Promise<Answer> {
  only(body, ['why', 'for_ms']);
  const why = optionalText(body, 'why');
  const forMs = optionalSpan(body, 'for_ms');
  return act(daemon, {
    type: 'pause',
    ...(why === undefined ? {} : { why }),
    ...(forMs === undefined ? {} : { forMs }),
  });
}

/** Lasts as long as the caller's connection, so that a killed caller can't inhibit for ever. */
async function inhibit(daemon: Daemon, { body, onGone }: Call): Promise<Answer> {
  only(body, ['why']);
  const why = text(body, 'why');
  const id = daemon.newId();
  let gone = false;
  let begun = false;
  const release = () => void act(daemon, { type: 'release', id }).catch(() => undefined);
  onGone(() => {
    gone = true;
    if (begun) release();
  });
  await act(daemon, { type: 'inhibit', id, why });
  begun = true;
  if (gone) release();
  return { status: 200, body: { id }, stay: true };
}

async function reload(daemon: Daemon): Promise<Answer> {
  const answer = await daemon.reload();
  if ('problems' in answer) {
    return problem(422, 'the conf is wrong; the running one is kept', answer);
  }
  return { status: 200, body: answer };
}
