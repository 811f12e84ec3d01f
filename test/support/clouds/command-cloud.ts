/**
 * A cloud that commands of the tenant's own ask, here curl: a server of four paths, whose answers are what
 * the commands print.
 */
import type { CloudDouble, LaunchedInstance } from './double.ts';
import { type Asked, FaultyServer, type Reply } from './faulty-server.ts';

/** Curl gives up by then. */
const CALL_S = 2;

interface Instance {
  readonly id: string;
  readonly token: string;
  readonly tags: Readonly<Record<string, string>>;
  state: Exclude<LaunchedInstance['state'], 'off'>;
}

export class CommandCloud implements CloudDouble {
  readonly kind = 'clone';
  readonly api = new FaultyServer((asked) => this.#answer(asked));
  readonly made = 0;
  readonly #instances: Instance[] = [];

  options(_: 'prepared' | 'self', api = this.api.url): Record<string, string> {
    const curl = `curl -fsS --noproxy * -m ${CALL_S}`;
    return {
      kind: 'clone',
      check: `${curl} ${api}check`,
      launch: `${curl} -d @{user_data} ${api}launch/{vm}/{request}/{token}`,
      instances: `${curl} ${api}instances/{vm}`,
      terminate: `${curl} -d - ${api}terminate/{id}`,
    };
  }

  isLaunch({ target }: Asked): boolean {
    return target.startsWith('/launch/');
  }

  get launched(): readonly LaunchedInstance[] {
    return this.#instances.map((instance) => {
      const become = (state: Instance['state']) => () => {
        instance.state = state;
      };
      const ends = { run: become('running'), shutDown: become('gone'), lose: become('gone') };
      return { ...instance, image: '', userData: '', ...ends };
    });
  }

  onImage(): void {}

  makeImagesAtOnce(): void {}

  addGuest(): string {
    throw new Error('such a cloud makes no images');
  }

  tell(): void {}

  advance(): void {
    for (const each of this.#instances) {
      if (each.state === 'starting') each.state = 'running';
      else if (each.state === 'ending') each.state = 'gone';
    }
  }

  #answer({ target }: Asked): Reply {
    const [what, ...words] = target.slice(1).split('/');
    const body = this.#said(what, words);
    return body === undefined ? { status: 404, body: '' } : { status: 200, body };
  }

  #said(what: string | undefined, [first = '', request = '', token = '']: string[]) {
    switch (what) {
      case 'check':
        return '';
      case 'launch':
        return this.#launch(first, request, token);
      case 'instances':
        return this.#list(first);
      case 'terminate':
        return this.#end(first);
      default:
        return undefined;
    }
  }

  /** One instance for a token, however often it is asked for. */
  #launch(vm: string, request: string, token: string): string {
    const id = `i-${this.#instances.length + 1}`;
    const same = this.#instances.find((each) => each.token === token);
    if (same) return same.id;
    const tags = { 'vmmanage:vm': vm, 'vmmanage:request': request };
    this.#instances.push({ id, token, tags, state: 'starting' });
    return id;
  }

  #list(vm: string): string {
    const own = this.#instances.filter(({ tags }) => tags['vmmanage:vm'] === vm);
    return own
      .map(({ id, state, tags }) => `${id} ${state} ${tags['vmmanage:request']}\n`)
      .join('');
  }

  #end(id: string): string {
    const found = this.#instances.find((each) => each.id === id && each.state !== 'gone');
    if (found) found.state = 'ending';
    return '';
  }
}
