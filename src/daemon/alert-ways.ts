/** The ways an alert goes: a program, an HTTP POST, a mail. Each tells what went wrong, or nothing. */
import type { AlertSettings } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import { withDeadline } from '../system/deadline.ts';
import { describeEnd, type Ended, runProgram, succeeded } from '../system/programs.ts';
import { oneLine } from '../system/said.ts';
import type { AlertMessage } from '../wire/alert.ts';
import { formatMail } from './mail.ts';

export interface Way {
  readonly name: 'exec' | 'url' | 'mail';
  /** Undefined when it was taken. Never rejects. */
  send(message: AlertMessage, signal: AbortSignal): Promise<string | undefined>;
}

const ANSWER_MAX_BYTES = 64 * 1024;
const REDIRECTS_MAX = 3;
/** The kernel refuses an environment that is too large. */
const VARIABLE_MAX = 2000;

export function waysOf(settings: AlertSettings, clock: Clock): Way[] {
  const { exec, url, mail, sendmail, timeoutMs } = settings;
  return [
    ...(exec ? [execWay(exec, timeoutMs, clock)] : []),
    ...(url === undefined ? [] : [urlWay(url, timeoutMs, clock)]),
    ...(mail.length > 0 ? [mailWay(mail, sendmail, timeoutMs, clock)] : []),
  ];
}

function execWay(argv: readonly string[], timeoutMs: number, clock: Clock): Way {
  return {
    name: 'exec',
    async send(message, signal) {
      const input = `${JSON.stringify(message)}\n`;
      const env = environment(message);
      return failureOf(await runProgram({ argv, env, input, timeoutMs, signal }, clock));
    },
  };
}

function environment({ vm, n, time, about, text }: AlertMessage): Record<string, string> {
  return {
    VMMANAGE_VM: vm,
    VMMANAGE_ALERT: about,
    VMMANAGE_ALERT_N: String(n),
    VMMANAGE_TEXT: oneLine(text, VARIABLE_MAX),
    VMMANAGE_TIME: time,
  };
}

function urlWay(url: string, timeoutMs: number, clock: Clock): Way {
  return {
    name: 'url',
    send: (message, signal) =>
      withDeadline(timeoutMs, signal, clock, (bound) => post(url, message, bound)),
  };
}

async function post(
  url: string,
  message: AlertMessage,
  signal: AbortSignal,
): Promise<string | undefined> {
  const limits = { maxContentLength: ANSWER_MAX_BYTES, maxRedirects: REDIRECTS_MAX };
  try {
    const options = {
      ...limits,
      signal,
      validateStatus: () => true,
      responseType: 'text',
    } as const;
    // Few guests need it, and it takes more memory than all the rest of the daemon.
    const { default: axios } = await import('axios');
    const { status } = await axios.post(url, message, options);
    return status >= 200 && status < 300 ? undefined : `HTTP status ${status}`;
  } catch (error) {
    if (signal.aborted) return 'timed out';
    // Not its message, which may hold the address, and that a secret.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    return oneLine(code);
  }
}

function mailWay(to: readonly string[], sendmail: string, timeoutMs: number, clock: Clock): Way {
  return {
    name: 'mail',
    async send(message, signal) {
      const argv = [sendmail, '-t', '-i'];
      const input = formatMail({ to, subject: subjectOf(message), body: bodyOf(message) });
      return failureOf(await runProgram({ argv, input, timeoutMs, signal }, clock));
    },
  };
}

function subjectOf({ vm, about }: AlertMessage): string {
  return `vmmanage ${vm}: ${about}`;
}

function bodyOf({ vm, time, text }: AlertMessage): string {
  return `${vm}, ${time}:\n\n${text}\n\nvmmanage status and vmmanage explain tell more.\n`;
}

function failureOf(ended: Ended): string | undefined {
  return succeeded(ended) ? undefined : describeEnd(ended);
}
