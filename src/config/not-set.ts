import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { OutsideName } from './check-templates.ts';
import { diagnose } from './fault.ts';

/** A warning that `env.NAME` or `secret.NAME` has no value, at its first use; `consequence` is the end of a sentence. */
export function notSet({ name, spot }: OutsideName, consequence: string): Diagnostic {
  const secret = name.startsWith('secret.');
  const variable = name.slice(name.indexOf('.') + 1);
  return diagnose(spot, undefined, {
    severity: 'warning',
    message: `${secret ? 'the secret' : 'the environment variable'} ${variable} is not set, so ${consequence}`,
    suggestion: secret
      ? `set ${variable} in the environment, or under secrets: in testbed.local.yaml`
      : `set ${variable} in the environment`,
  });
}
