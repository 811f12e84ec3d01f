/**
 * What a monitoring plugin prints (Monitoring Plugins Development Guidelines, "Plugin Output" and
 * "Performance data"): a text, `|`, and values as `'label'=value[UOM];warn;crit;min;max`. Pure, and
 * strict: a value that isn't written as it should be is none.
 */
import { parseNumber } from './number.ts';

/** One value; `value` is undefined where the plugin couldn't tell (`U`), or it is malformed. */
export interface Perfdatum {
  readonly label: string | undefined;
  readonly value: number | undefined;
  /** As it was written. */
  readonly text: string;
}

/** How many values of one run are looked at. */
const MOST = 1000;

/** Every value, in the order in which they were printed. */
export function parsePerfdata(output: string): Perfdatum[] {
  return wordsOf(perfdataOf(output)).map(parseDatum);
}

/**
 * Behind the `|` of the first line; and behind the first `|` of the lines after it, to the end.
 */
function perfdataOf(output: string): string {
  const [first = '', ...rest] = output.split('\n');
  const long = rest.join('\n');
  return `${behindBar(first)} ${behindBar(long)}`;
}

function behindBar(text: string): string {
  const bar = text.indexOf('|');
  return bar === -1 ? '' : text.slice(bar + 1);
}

/** Blanks separate, but not within the quotes of a label; a quote that isn't closed ends nothing. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:'(?:[^']|'')*'|[^\s'])(?:\S)*|\S+/g) ?? [];
  return words.slice(0, MOST);
}

/** Units beyond those of the guidelines are about, `W` or `KiB`; none begins like an exponent. */
const DATUM =
  /^(?:'((?:[^']|'')+)'|([^\s'=]+))=(U|[-+.\de]*[.\d])(?:[a-df-zµ°%][a-z/%]{0,9})?(?:;[-+.\d@~:e]*){0,4}$/i;

function parseDatum(text: string): Perfdatum {
  const match = DATUM.exec(text);
  if (match === null) return { label: undefined, value: undefined, text };
  const [, quoted, bare = '', value = ''] = match;
  const label = quoted === undefined ? bare : quoted.replaceAll("''", "'");
  return { label, value: parseNumber(value), text };
}
