/** A guest that looks for jobs at a server that answers as none should: what it takes for a page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Holding } from '../../src/jobs/holding.ts';
import { naiveGrades } from '../support/naive-page.ts';
import { answerOddly, type OddAnswer, oddAnswer } from '../support/odd-answers.ts';
import { RUNS } from '../support/runs.ts';
import { tempFolder } from '../support/temp.ts';
import { clock, settingsOf } from './support.ts';

const MAX_SIZE = 20_000;
const PAGE = `# of tonight\n${'grade a = 2+2\ngrade b = x\n'.repeat(20)}{"grade":"a","payload":"7"}\n`;
const GOOD: OddAnswer = {
  ...{ status: 200, type: 'text/plain', body: PAGE, cuts: [], pauseMs: 0, end: 'length' },
};
const TYPES = ['text/plain', 'application/json'];

let server: Server;
let url: string;
/** What the open page is answered with, and the claimed one once it was renamed. */
let open: OddAnswer;
let claimed: OddAnswer;
let renamed: boolean;

beforeAll(async () => {
  server = createServer(({ url: path = '', method }, answer) => {
    // Which of its connections a server gives up between two runs is not what is tried here.
    answer.shouldKeepAlive = false;
    if (method === 'MOVE') {
      renamed = true;
      answer.writeHead(201).end();
    } else if (path.endsWith('.db7') !== renamed) answer.writeHead(404).end();
    else answerOddly(answer, renamed ? claimed : open);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/builds`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

interface Found {
  readonly trouble: string | undefined;
  /** Of the page that is held then. */
  readonly grades: readonly string[] | undefined;
}

/** What a guest without a past finds. */
async function find(openly: OddAnswer, asClaimed: OddAnswer, timeoutMs: number): Promise<Found> {
  [open, claimed, renamed] = [openly, asClaimed, false];
  const own = mkdtempSync(join(folder, 'q'));
  const parts = { clock, newId: () => 'C1', warn: () => undefined };
  const holding = new Holding(settingsOf(url, { max_size: String(MAX_SIZE) }), own, parts);
  try {
    const trouble = await holding.find(() => true, AbortSignal.timeout(timeoutMs));
    return { trouble, grades: holding.page?.jobs.map(({ grade }) => grade) };
  } finally {
    holding.close();
    rmSync(own, { recursive: true });
  }
}

function mayBePage({ status, type, body, end }: OddAnswer): boolean {
  return (
    status === 200 &&
    TYPES.includes(type) &&
    end !== 'lie' &&
    end !== 'close' &&
    Buffer.byteLength(body) <= MAX_SIZE
  );
}

it('holds the jobs of a whole page, or says why not, whatever the claimed page is', async () => {
  let held = 0;
  await fc.assert(
    fc.asyncProperty(oddAnswer(PAGE), async (answer) => {
      const { trouble, grades } = await find(GOOD, answer, 10_000);
      if (grades === undefined) return answer.status === 404 || (trouble ?? '') !== '';
      held += 1;
      expect(grades).toEqual(naiveGrades(Buffer.from(answer.body)));
      return mayBePage(answer);
    }),
    { numRuns: RUNS },
  );
  expect(held).toBeGreaterThan(0);
});

it('claims what is a page of jobs, and nothing else, whatever the open page is', async () => {
  let claims = 0;
  await fc.assert(
    fc.asyncProperty(oddAnswer(PAGE), async (answer) => {
      const { trouble, grades } = await find(answer, GOOD, 10_000);
      if (renamed) claims += 1;
      // What was claimed is then PAGE: where more was seen before, it may not be the whole of it.
      const cut = renamed && Buffer.byteLength(answer.body) > PAGE.length;
      expect([grades?.length, trouble]).toEqual([
        renamed && !cut ? 41 : undefined,
        cut ? expect.stringContaining('shorter than before') : trouble,
      ]);
      if (renamed) return mayBePage(answer) && naiveGrades(Buffer.from(answer.body)) !== undefined;
      const none = answer.status === 404 || isBlank(answer.body);
      return none || (trouble !== undefined && trouble !== 'no answer in time');
    }),
    { numRuns: RUNS },
  );
  expect(claims).toBeGreaterThan(0);
});

/** Without a line that is a job or should be one. */
function isBlank(page: string): boolean {
  return page.split('\n').every((line) => /^\s*(#.*)?$/s.test(line));
}

it('takes a page that drips as it is, and gives one up that drips for too long', async () => {
  const cuts = Array.from({ length: 19 }, (_, i) => Math.floor((PAGE.length * (i + 1)) / 20));
  const drips = { ...GOOD, cuts, pauseMs: 10 };
  const whole = await find(drips, drips, 10_000);
  expect([whole.trouble, whole.grades?.length]).toEqual([undefined, 41]);
  const began = performance.now();
  const slow = { ...drips, pauseMs: 50 };
  const { trouble, grades } = await find(GOOD, slow, 300);
  expect([trouble, grades]).toEqual([expect.stringMatching(/no answer .* in time$/), undefined]);
  expect(performance.now() - began).toBeLessThan(1_000);
});
