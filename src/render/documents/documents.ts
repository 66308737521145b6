import path from 'node:path';
import type { EventType, TestbedEvent } from '../../event/event.ts';
import type { Overlord } from '../../overlord/overlord.ts';
import type { RecipeFacts } from '../recipes.ts';
import type { Renderer } from '../renderer.ts';
import { Document } from './document.ts';
import { JUNIT_TYPES, JunitDocument } from './junit.ts';
import { reportMarkdown } from './markdown.ts';

/** The documents of a session: names in its directory. */
export const REPORTS = ['report.md', 'junit.xml'] as const;

/** What the documents are kept up to date from. */
export interface DocumentsOptions {
  readonly directory: string;
  /** Has taken an event in before the documents see it. */
  readonly overlord: Overlord;
  readonly virtual: RecipeFacts['virtual'];
  /** A document could not be written; told once for each. */
  readonly onFault: (message: string) => void;
}

const TYPES: readonly EventType[] = [...JUNIT_TYPES, 'bail-out', 'warning'];

/** Writes the documents, and knows which of them could not be written to the end. */
export interface DocumentsRenderer extends Renderer {
  /** Those of `REPORTS` whose last version is not in their file. */
  readonly unwritten: readonly string[];
}

/** Keeps `report.md` and `junit.xml` of a session up to date while it runs; both are whole at every moment. */
export function documentsRenderer({
  directory,
  overlord,
  virtual,
  onFault,
}: DocumentsOptions): DocumentsRenderer {
  const junit = new JunitDocument();
  const files = {
    report: new Document(path.join(directory, REPORTS[0]), () => reportMarkdown(overlord, virtual), onFault),
    junit: new Document(path.join(directory, REPORTS[1]), () => junit.render(), onFault),
  };
  return {
    get unwritten() {
      return Object.values(files).flatMap((document, index) =>
        document.written ? [] : (REPORTS[index] ?? []),
      );
    },
    types: TYPES,
    onPast: (event: TestbedEvent) => void junit.apply(event),
    onEvent: (event: TestbedEvent) => {
      if (junit.apply(event)) files.junit.touch();
      if (event.type !== 'run-started' && event.type !== 'test-finished') files.report.touch();
    },
    finish: async () => {
      files.report.flush();
      files.junit.flush();
    },
  };
}
