import type { ExplainedOrder, ExplainedSpec } from './explain.ts';
import type { HelpAnswer } from './explain-help.ts';

/**
 * An explanation as JSON, in pieces that are one document together: `{orders, notForThisLab, whatWouldHelp}`, a line for each
 * order.
 */
export function* explainDocument(
  orders: Iterable<ExplainedOrder>,
  specs: readonly ExplainedSpec[],
  help: () => HelpAnswer,
): Generator<string> {
  yield '{\n"orders":[';
  let before = '\n';
  for (const order of orders) {
    yield before + JSON.stringify(order);
    before = ',\n';
  }
  yield `\n],\n"notForThisLab":${JSON.stringify(specs)},\n`;
  const { makespanMs = null, ...rest } = help();
  yield `"whatWouldHelp":${JSON.stringify({ makespanMs, ...rest })}\n}\n`;
}
