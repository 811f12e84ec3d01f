/** What the main job prints. */

const started = performance.now();

export function say(text = ''): void {
  console.log(text);
}

/** `1:07`: since the main job began. */
export function clockText(): string {
  const seconds = Math.floor((performance.now() - started) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A line of what happens. */
export function happens(text: string): void {
  say(`${clockText().padStart(5)}  ${text}`);
}

/** What stands out from the readings: the load, a request, an arrival. */
export function announces(what: string, text: string): void {
  happens(`${what.padEnd(8)} ${text}`);
}

export function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}
