/**
 * What the daemon says to its own machine's log: state changes and troubles, on stderr, one line
 * each, a constant message with fields. The central log is another thing (sink room).
 */
import winston from 'winston';
import { printable } from '../core/text.ts';

export interface LocalLog {
  error(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  debug(message: string, fields?: Fields): void;
  /** From now on. */
  setLevel(level: string): void;
}

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export function localLog(level: string): LocalLog {
  const logger = winston.createLogger({
    level,
    format: winston.format.printf(({ level: severity, message, fields }) =>
      line(severity, String(message), (fields ?? {}) as Fields),
    ),
    transports: [new winston.transports.Console({ stderrLevels: LEVELS })],
  });
  const at = (severity: string) => (message: string, fields?: Fields) => {
    // Winston would take what is below the level through its streams first.
    if (logger.isLevelEnabled(severity)) logger.log({ level: severity, message, fields });
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    setLevel: (next) => {
      logger.level = next;
    },
  };
}

const LEVELS = ['error', 'warn', 'info', 'debug'];

/** `warn: the journal can't be written problem="no space left"`; control characters are escaped. */
function line(severity: string, message: string, fields: Fields): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  const said = known.map(([name, value]) => `${name}=${quoted(String(value))}`);
  return printable([`${severity}: ${message}`, ...said].join(' '));
}

function quoted(text: string): string {
  return /^[^\s"\\\p{C}]+$/u.test(text) ? text : JSON.stringify(text);
}
