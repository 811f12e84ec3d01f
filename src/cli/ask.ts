/** What the commands that talk to the daemon share: how it is reached, and how answers are shown. */
import { type Client, openClient } from './client.ts';
import type { Call, DaemonOptions, JsonOption } from './command.ts';
import { runtimeFolder } from './places.ts';
import { clean, jsonText } from './render/clean.ts';
import type { View } from './render/text.ts';
import type { Terminal } from './terminal.ts';

export async function connect(call: Call<DaemonOptions>, timeoutMs?: number): Promise<Client> {
  const folder = await folderOf(call);
  return openClient(timeoutMs === undefined ? { folder } : { folder, timeoutMs });
}

export function folderOf({ options, terminal }: Call<DaemonOptions>): Promise<string> {
  return runtimeFolder(options.runtime, terminal.env);
}

export function viewOf({ colour, width, zone }: Terminal): View {
  return { colour, width, zone };
}

/** As JSON where that is asked for, else in words; what others said is made printable here. */
export function show<T>(
  { terminal, options }: Call<JsonOption>,
  answer: T,
  render: (answer: T, view: View) => string,
): void {
  terminal.out(options.json ? jsonText(answer) : render(clean(answer), viewOf(terminal)));
}
