import { networkInterfaces } from 'node:os';

/** What the injected code prints before each message to the host; the rest of the line is `WORD` or `WORD argument`. */
export const MARK = 'MULTITEST ';

/** The messages of the injected code. */
export type MultitestWord = 'next' | 'skip' | 'set' | 'broadcast' | 'metric' | 'reboot';

/** How many boards a multi-test takes: one more than the highest `instanceN` that it defines. */
export function instancesOf(source: string): number {
  const numbers = Array.from(source.matchAll(/^def instance(\d+)\(\):/gm), ([, number]) => Number(number));
  return Math.max(-1, ...numbers) + 1;
}

/**
 * The whole program for one board: the test's file, the `multitest` that such files use, what other instances said by
 * `multitest.globals()`, and the call. The file comes first, so that line numbers in tracebacks are its own.
 */
export function instanceScript(source: string, instance: number, globals: readonly string[]): string {
  const lines = [source, MULTITEST];
  if (source.includes('get_network_ip')) lines.push(`HOST_IP = ${JSON.stringify(hostAddress())}`);
  lines.push(...globals, `instance${instance}()`, 'multitest.flush()');
  return lines.join('\n');
}

/** What a board's `multitest.wait(message)` waits for. */
export function broadcastLine(message: string): Buffer {
  return Buffer.from(`BROADCAST ${message}\r\n`);
}

const MULTITEST = `
import sys
class multitest:
    @staticmethod
    def flush():
        if hasattr(sys.stdout, "flush"):
            sys.stdout.flush()
    @staticmethod
    def _tell(*words):
        print("${MARK}" + " ".join(str(word) for word in words))
        multitest.flush()
    @staticmethod
    def skip():
        multitest._tell("skip")
        raise SystemExit
    @staticmethod
    def next():
        multitest._tell("next")
    @staticmethod
    def broadcast(message):
        multitest._tell("broadcast", message)
    @staticmethod
    def wait(message):
        while sys.stdin.readline().rstrip() != "BROADCAST " + message:
            pass
    @staticmethod
    def globals(**values):
        for name in values:
            multitest._tell("set", name, "=", repr(values[name]))
    @staticmethod
    def output_metric(data):
        multitest._tell("metric", data)
    @staticmethod
    def expect_reboot(resume, delay_ms=0):
        multitest._tell("reboot", resume, delay_ms)
    @staticmethod
    def get_network_ip():
        try:
            return nic.ifconfig()[0]
        except Exception:
            pass
        try:
            import network
            interface = network.WLAN if hasattr(network, "WLAN") else network.LAN
            return interface().ifconfig()[0]
        except Exception:
            return HOST_IP
`;

/** An address of this machine that boards on the same network can reach; loopback, if it has no other. */
function hostAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
