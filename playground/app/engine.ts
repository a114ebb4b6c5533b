// Asks the worker, and replaces it where it does not answer; judges small texts itself.
import type { Answer, Calls, Name } from "./protocol.ts";

/** How long an answer may take. */
const PATIENCE_MS = 10_000;
/** What is judged on the page's own thread: a text of so many characters whose last verdict came so fast. */
const SMALL = 20_000;
const QUICK_MS = 10;

interface Waiting {
  resolve: (given: never) => void;
  reject: (error: Error) => void;
  timer: number;
}

interface Given<N extends Name> {
  gives: Calls[N]["gives"];
  took: number;
}

export class Engine {
  #worker = this.#start();
  #waiting = new Map<number, Waiting>();
  #last = 0;
  /** The policy on this thread, once it is loaded and warm. */
  #here: typeof import("./answers.ts") | undefined;
  #loading = false;
  #took = Number.POSITIVE_INFINITY;

  /** Judges here what takes no time: a worker's answer has to wait for the frame that is drawn meanwhile. */
  async judge(takes: Calls["judge"]["takes"]): Promise<Calls["judge"]["gives"]> {
    const small = takes.manifest.length + takes.settings.length <= SMALL;
    if (this.#here && small && this.#took <= QUICK_MS) {
      const start = performance.now();
      const gives = this.#here.answer("judge", takes);
      this.#took = performance.now() - start;
      return gives;
    }
    const { gives, took } = await this.#given("judge", takes);
    this.#took = took;
    if (!this.#loading && small) this.#load(takes);
    return gives;
  }

  async ask<N extends Name>(name: N, takes: Calls[N]["takes"]): Promise<Calls[N]["gives"]> {
    return (await this.#given(name, takes)).gives;
  }

  #given<N extends Name>(name: N, takes: Calls[N]["takes"]): Promise<Given<N>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => {
        this.#worker.terminate();
        this.#worker = this.#start();
        this.#fail(new Error(`no answer within ${PATIENCE_MS / 1000} seconds; try a smaller text`));
      }, PATIENCE_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ id, name, takes });
    });
  }

  /** Loads the policy for this thread, and judges once so that no key waits for compilers. Without it the worker goes on. */
  #load(takes: Calls["judge"]["takes"]): void {
    this.#loading = true;
    const load = async (): Promise<void> => {
      const here = await import("./answers.ts");
      await here.ready;
      here.answer("judge", takes);
      this.#here = here;
    };
    // Some browsers have no idle callbacks.
    window.requestIdleCallback?.(() => void load().catch(() => {}));
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      if (!waiting) return;
      this.#waiting.delete(data.id);
      clearTimeout(waiting.timer);
      if ("error" in data) waiting.reject(new Error(data.error));
      else waiting.resolve(data as never);
    });
    worker.addEventListener("error", () => this.#fail(new Error("the policy could not be loaded")));
    return worker;
  }

  #fail(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}
