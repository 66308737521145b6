import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { makeDirectory } from '../../src/util/make-directory.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'testbed-make-directory-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('what is missing above is made, too; what is there is told', () => {
  const directory = path.join(scratch, 'a/b/c');
  expect(makeDirectory(directory)).toBe(true);
  expect(makeDirectory(directory)).toBe(false);
  writeFileSync(path.join(scratch, 'file'), '');
  expect(() => makeDirectory(path.join(scratch, 'file'))).toThrow('EEXIST');
  expect(() => makeDirectory(path.join(scratch, 'file/below'))).toThrow('ENOTDIR');
});

test('where nothing can be made, the system says why, and it does not try for ever', () => {
  expect(() => makeDirectory('/proc/testbed/below')).toThrow('ENOENT');
});

test('several may make the same directories at once', async () => {
  const program = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { makeDirectory } from ${JSON.stringify(pathToFileURL('src/util/make-directory.ts').href)};
    const faults = [];
    for (let n = 0; n < 300; n++) {
      try { makeDirectory(workerData + '/shared/' + n + '/a/b/c/d/e/f'); }
      catch (error) { faults.push(error.message); }
    }
    parentPort.postMessage(faults);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const faults = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const worker = new Worker(url, { workerData: scratch });
      return await new Promise<string[]>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
    }),
  );
  expect(faults).toEqual([[], [], []]);
});
