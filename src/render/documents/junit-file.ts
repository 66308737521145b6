import { unreachable } from '../../util/unreachable.ts';
import type { TestbedEvent } from '../../event/event.ts';
import type { Outlet } from '../outlet/outlet.ts';
import type { Renderer } from '../renderer.ts';
import { Document } from './document.ts';
import { JUNIT_TYPES, JunitDocument } from './junit.ts';

/** Where JUnit goes: a file, whole at every moment; or what can be written only once, at the end. */
export type JunitTarget =
  | { readonly kind: 'file'; readonly file: string; readonly onFault: (message: string) => void }
  | { readonly kind: 'outlet'; readonly outlet: Outlet };

/** `--renderer junit=PLACE`. */
export function junitRenderer(target: JunitTarget): Renderer {
  const junit = new JunitDocument();
  const onPast = (event: TestbedEvent): void => void junit.apply(event);
  switch (target.kind) {
    case 'file': {
      const document = new Document(target.file, () => junit.render(), target.onFault);
      return {
        types: JUNIT_TYPES,
        onEvent: (event: TestbedEvent) => {
          if (junit.apply(event)) document.touch();
        },
        onPast,
        finish: async () => document.flush(),
      };
    }
    case 'outlet':
      return {
        types: JUNIT_TYPES,
        onEvent: (event: TestbedEvent) => void junit.apply(event),
        onPast,
        finish: async () => target.outlet.line(junit.render().trimEnd()),
      };
    default:
      return unreachable(target);
  }
}
