import type { Lab, Tentacle } from '../model/lab.ts';
import { virtualRequest } from '../tentacle/virtual-client.ts';
import { startVirtualHost, type VirtualHost } from '../tentacle/virtual-host.ts';

/** So many hosts in a row that did not come up, or died within a few seconds, and we give up. */
const MOST_FAILURES = 3;
const SHORT_LIFE_MS = 5000;
/** A host that does not answer within this, on however busy a machine, hangs. */
const ANSWER_MS = 5000;

/** Who is told. */
export interface VirtualKeeperRequest {
  readonly lab: Lab;
  readonly tentacles: readonly Tentacle[];
  readonly cookie: string;
  /** There is a (new) host at this socket. */
  readonly onUp: (socket: string) => void;
  /** The host, of which nobody knew whether it is up, is. */
  readonly onAnswer: () => void;
  /** The host died; another one is being started. */
  readonly onDown: (evidence: string) => void;
  /** No host stays up; none will be tried any more. */
  readonly onGivenUp: (reason: string) => void;
}

/**
 * Keeps the host process of the virtual boards running for as long as a session needs it.
 *
 *     starting ── comes up ──▶ up ── dies ──▶ starting   (too often: given up)
 *                              │ ▲
 *                     doubt() ─▼ └─ answers
 *                           doubted ── does not answer: killed ──▶ starting
 *     any state: close() ──▶ closed
 */
export class VirtualKeeper {
  readonly #request: VirtualKeeperRequest;
  #host: VirtualHost | undefined;
  #failures = 0;
  #doubted = false;
  #closed = false;
  readonly #putAway = new AbortController();
  readonly #kept: Promise<void>;

  constructor(request: VirtualKeeperRequest) {
    this.#request = request;
    this.#kept = this.#keep();
  }

  /** Undefined while no host is up, or nobody knows whether it is. */
  get socket(): string | undefined {
    return this.#doubted ? undefined : this.#host?.socket;
  }

  /**
   * Something went wrong on a virtual board, perhaps because its host is gone: who talks to it sees that before the system
   * tells us. Until the host answers, nobody is sent to it; one that does not is killed, and another one started.
   */
  doubt(): void {
    const host = this.#host;
    const [first] = this.#request.tentacles;
    if (this.#doubted || this.#closed || host === undefined || first === undefined) return;
    this.#doubted = true;
    void this.#ask(host, first);
  }

  async #ask(host: VirtualHost, { id }: Tentacle): Promise<void> {
    const { ok } = await virtualRequest(host.socket, { op: 'status', tentacle: id }, { limitMs: ANSWER_MS });
    if (!ok) host.kill();
    else if (this.#host === host) {
      this.#doubted = false;
      this.#request.onAnswer();
    }
  }

  /** Powers all boards off and ends the host. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#putAway.abort();
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
          signal: this.#putAway.signal,
        });
        this.#host = host;
        if (!this.#closed) onUp(host.socket);
        evidence = (await host.exited).evidence ?? 'it ended without a word';
        this.#host = undefined;
        this.#doubted = false;
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
