import type { Lab, Tentacle } from '../model/lab.ts';
import { startVirtualHost, type VirtualHost } from '../tentacle/virtual-host.ts';

/** So many hosts in a row that did not come up, or died within a few seconds, and we give up. */
const MOST_FAILURES = 3;
const SHORT_LIFE_MS = 5000;

/** Who is told. */
export interface VirtualKeeperRequest {
  readonly lab: Lab;
  readonly tentacles: readonly Tentacle[];
  readonly cookie: string;
  /** There is a (new) host at this socket. */
  readonly onUp: (socket: string) => void;
  /** The host died; another one is being started. */
  readonly onDown: (evidence: string) => void;
  /** No host stays up; none will be tried any more. */
  readonly onGivenUp: (reason: string) => void;
}

/**
 * Keeps the host process of the virtual boards running for as long as a session needs it.
 *
 *     starting ── comes up ──▶ up ── dies ──▶ starting   (too often: given up)
 *        └────────── close() ──┴──────────▶ closed
 */
export class VirtualKeeper {
  readonly #request: VirtualKeeperRequest;
  #host: VirtualHost | undefined;
  #failures = 0;
  #closed = false;
  readonly #kept: Promise<void>;

  constructor(request: VirtualKeeperRequest) {
    this.#request = request;
    this.#kept = this.#keep();
  }

  /** Undefined while no host is up. */
  get socket(): string | undefined {
    return this.#host?.socket;
  }

  /** Powers all boards off and ends the host. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#host?.close();
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { lab, tentacles, cookie, onUp, onDown, onGivenUp } = this.#request;
    while (!this.#closed) {
      const startedAt = performance.now();
      let evidence: string;
      try {
        const host = await startVirtualHost({
          stateDirectory: lab.stateDirectory,
          lab: lab.name,
          tentacles,
          cookie,
        });
        this.#host = host;
        if (this.#closed) return await host.close();
        onUp(host.socket);
        evidence = (await host.exited).evidence ?? 'it ended without a word';
        this.#host = undefined;
        if (performance.now() - startedAt > SHORT_LIFE_MS) this.#failures = 0;
      } catch (error) {
        evidence = (error as Error).message;
      }
      if (this.#closed) return;
      if (++this.#failures >= MOST_FAILURES) return onGivenUp(evidence);
      onDown(evidence);
    }
  }
}
