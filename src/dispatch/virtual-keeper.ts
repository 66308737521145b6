import type { Lab, Tentacle } from '../model/lab.ts';
import { virtualRequest } from '../tentacle/virtual-client.ts';
import { startVirtualHost, type VirtualHost } from '../tentacle/virtual-host.ts';

/** So many hosts in a row that did not come up, or died within a few seconds, and we give up. */
const MOST_FAILURES = 3;
const SHORT_LIFE_MS = 5000;
/** A host that does not answer within this, on however busy a machine, hangs. */
const ANSWER_MS = 5000;

/** Which boards are hosted, and for whom. */
export interface VirtualKeeperRequest {
  readonly lab: Pick<Lab, 'name' | 'stateDirectory'>;
  readonly tentacles: readonly Tentacle[];
  readonly cookie: string;
}

/** The session that needs the boards, and is told. */
export interface VirtualListener {
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
 * Keeps the host process of the virtual boards running, for the session that listens and those after it.
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
  #givenUp = false;
  #listener: VirtualListener | undefined;
  readonly #putAway = new AbortController();
  readonly #kept: Promise<void>;

  constructor(request: VirtualKeeperRequest) {
    this.#request = request;
    this.#kept = this.#keep();
  }

  /** Whether these boards are hosted here, with the same faults, and no other try is needed. */
  serves({ name, stateDirectory }: VirtualKeeperRequest['lab'], tentacles: readonly Tentacle[]): boolean {
    const { lab, tentacles: hosted } = this.#request;
    if (this.#givenUp || this.#closed || lab.name !== name || lab.stateDirectory !== stateDirectory)
      return false;
    const ours = new Map(hosted.map(({ id, faults }) => [id, JSON.stringify(faults)]));
    return tentacles.every(({ id, faults }) => ours.get(id) === JSON.stringify(faults));
  }

  /** Tells this one from now on; undefined: nobody. */
  listen(listener: VirtualListener | undefined): void {
    this.#listener = listener;
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
      this.#listener?.onAnswer();
    }
  }

  /** Powers all boards off and ends the host. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#putAway.abort();
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { lab, tentacles, cookie } = this.#request;
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
        if (!this.#closed) this.#listener?.onUp(host.socket);
        evidence = (await host.exited).evidence ?? 'it ended without a word';
        this.#host = undefined;
        this.#doubted = false;
        if (performance.now() - startedAt > SHORT_LIFE_MS) this.#failures = 0;
      } catch (error) {
        evidence = (error as Error).message;
      }
      if (this.#closed) return;
      if (++this.#failures >= MOST_FAILURES) {
        this.#givenUp = true;
        this.#listener?.onGivenUp(evidence);
        return;
      }
      this.#listener?.onDown(evidence);
    }
  }
}
