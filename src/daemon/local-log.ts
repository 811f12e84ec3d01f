/**
 * What the daemon says to its own machine's log: state changes and troubles, on stderr, one line
 * each, a constant message with fields. What comes again and again is counted (repeats.ts). The central log is
 * another thing (sink room).
 */
import { fstatSync } from 'node:fs';
import winston from 'winston';
import type { Clock } from '../core/clock.ts';
import { printable } from '../core/text.ts';
import { Repeats } from './repeats.ts';

export interface LocalLog {
  error(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  /** Each time that it comes, as `cycle`. */
  debug(message: string, fields?: Fields): void;
  /** What is asked for at each reading (`log_cycles`): at the level `info`. */
  cycle(message: string, fields?: Fields): void;
  /** From now on. */
  setLevel(level: Level): void;
  /** Says what was only counted so far. */
  end(): void;
}

export type Level = 'error' | 'warn' | 'info' | 'debug';
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** As in sd-daemon(3), the less the worse. */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warn: 4, info: 6, debug: 7 };
const LEVELS = Object.keys(PRIORITIES) as Level[];

export function localLog(level: Level, clock: Clock): LocalLog {
  const begin = isJournal(process.env['JOURNAL_STREAM'])
    ? (severity: Level) => `<${PRIORITIES[severity]}>`
    : (severity: Level) => `${severity}: `;
  const logger = winston.createLogger({
    level: 'debug',
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Console({ stderrLevels: LEVELS })],
  });
  let most = PRIORITIES[level];
  const say = (severity: Level) => (text: string) => logger.log(severity, begin(severity) + text);
  const each = (severity: Level) => within(severity, say(severity));
  const within = (severity: Level, take: (text: string) => void) => {
    return (message: string, fields?: Fields) => {
      if (PRIORITIES[severity] <= most) take(line(message, fields ?? {}));
    };
  };
  const repeats = new Map(LEVELS.map((each) => [each, new Repeats(clock, say(each))]));
  const seldom = (severity: Level) => within(severity, (text) => repeats.get(severity)?.take(text));
  return {
    error: seldom('error'),
    warn: seldom('warn'),
    info: seldom('info'),
    debug: each('debug'),
    cycle: each('info'),
    setLevel: (next) => {
      most = PRIORITIES[next];
    },
    end: () => repeats.forEach((each) => void each.end()),
  };
}

/** Whether stderr is the journal: systemd.exec(5) says which device and inode that has. */
export function isJournal(stream: string | undefined): boolean {
  if (stream === undefined) return false;
  const { dev, ino } = fstatSync(2, { bigint: true });
  return stream === `${dev}:${ino}`;
}

/** `the journal can't be written problem="no space left"`; control characters are escaped. */
function line(message: string, fields: Fields): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  const said = known.map(([name, value]) => `${name}=${quoted(String(value))}`);
  return printable([message, ...said].join(' '));
}

function quoted(text: string): string {
  return /^[^\s"\\\p{C}]+$/u.test(text) ? text : JSON.stringify(text);
}
