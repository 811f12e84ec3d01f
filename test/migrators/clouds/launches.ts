/** What the tests of both clouds launch. */
import type { Launch } from '../../../src/migrators/clone/cloud.ts';

export const REQUEST = '01JHZZZZZZZZZZZZZZZZZZZZZZ';

export const LAUNCH: Launch = {
  vm: 'nii3',
  request: REQUEST,
  token: `vmmanage-${REQUEST}`,
  userData: '#cloud-config\nwrite_files: []\n# ø&<>',
};

export const never = new AbortController().signal;
