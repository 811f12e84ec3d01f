/** A simulation is alone: nobody outside is asked or told, and none of the tenant's programs runs. */
import type { Conf } from './conf.ts';

export function alone(conf: Conf): Conf {
  return {
    ...untelling(conf),
    constraints: { ...conf.constraints, holdWhile: false },
    hooks: { beforeMove: false, afterMove: false },
  };
}

/** For what has happened already: people were alerted to it then. */
export function untelling({ alert: _, ...conf }: Conf): Conf {
  return conf;
}
