/**
 * A cloud whose code is read when it is asked for the first time: few guests have one, and a daemon that waits
 * for its policy to ask keeps none of it in memory.
 */
import type { Cloud, OwnImages } from './cloud.ts';

/** `ownImages`: whether the cloud has them. */
export function lazyCloud(load: () => Promise<Cloud>, ownImages: boolean): Cloud {
  let loading: Promise<Cloud> | undefined;
  const cloud = () => {
    loading ??= load();
    return loading;
  };
  return {
    check: async (...asked) => (await cloud()).check(...asked),
    launch: async (...asked) => (await cloud()).launch(...asked),
    instances: async (...asked) => (await cloud()).instances(...asked),
    terminate: async (...asked) => (await cloud()).terminate(...asked),
    ...(ownImages ? { ownImages: imagesOf(cloud) } : {}),
  };
}

function imagesOf(cloud: () => Promise<Cloud>): OwnImages {
  const own = async (): Promise<OwnImages> => {
    const { ownImages } = await cloud();
    if (ownImages === undefined) throw new Error('this cloud has no images of its own guests');
    return ownImages;
  };
  return {
    make: async (...asked) => (await own()).make(...asked),
    list: async (...asked) => (await own()).list(...asked),
    remove: async (...asked) => (await own()).remove(...asked),
  };
}
