// Asks the worker, and replaces it where it does not answer.
import type { Answer, Calls, Name } from "./protocol.ts";

/** How long an answer may take. */
const PATIENCE_MS = 10_000;

interface Waiting {
  resolve: (gives: never) => void;
  reject: (error: Error) => void;
  timer: number;
}

export class Engine {
  #worker = this.#start();
  #waiting = new Map<number, Waiting>();
  #last = 0;

  ask<N extends Name>(name: N, takes: Calls[N]["takes"]): Promise<Calls[N]["gives"]> {
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

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      if (!waiting) return;
      this.#waiting.delete(data.id);
      clearTimeout(waiting.timer);
      if ("error" in data) waiting.reject(new Error(data.error));
      else waiting.resolve(data.gives as never);
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
