// Asks the worker, and replaces it where it does not answer; judges small texts itself.
import type { Answer, Calls, Name, Question } from "./protocol.ts";

/** How long the worker may take for an answer, once it has the policy. */
const PATIENCE_MS = 10_000;
/** What is judged on the page's own thread: texts of so many characters whose last verdict came so fast. */
const SMALL = 20_000;
const QUICK_MS = 10;
/** The same of the first verdict, which has to wait for compilers. */
const QUICK_AT_FIRST_MS = 150;

interface Given<N extends Name> {
  gives: Calls[N]["gives"];
  took: number;
}

interface Waiting {
  question: Question;
  resolve: (given: never) => void;
  reject: (error: Error) => void;
}

export class Engine {
  #worker = this.#start();
  #ready = false;
  /** What is asked, the oldest first: the worker answers in that order. */
  #waiting = new Map<number, Waiting>();
  #timer = 0;
  #last = 0;
  /** The policy on this thread, once it is loaded and warm. */
  #here: typeof import("./answers.ts") | undefined;
  #loading = false;
  #took = Number.POSITIVE_INFINITY;

  /** Judges here what takes no time: a worker's answer has to wait for the frame that is drawn meanwhile. */
  async judge(takes: Calls["judge"]["takes"]): Promise<Calls["judge"]["gives"]> {
    const small = takes.manifest.length + takes.settings.length + takes.cluster.length <= SMALL;
    if (this.#here && small && this.#took <= QUICK_MS) {
      const start = performance.now();
      const gives = this.#here.answer("judge", takes);
      this.#took = performance.now() - start;
      return gives;
    }
    const { gives, took } = await this.#given("judge", takes);
    this.#took = took;
    if (!this.#loading && small && took <= QUICK_AT_FIRST_MS) this.#load(takes);
    return gives;
  }

  async ask<N extends Name>(name: N, takes: Calls[N]["takes"]): Promise<Calls[N]["gives"]> {
    return (await this.#given(name, takes)).gives;
  }

  #given<N extends Name>(name: N, takes: Calls[N]["takes"]): Promise<Given<N>> {
    const question = { id: ++this.#last, name, takes } as Question;
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { question, resolve, reject });
      this.#worker.postMessage(question);
      if (this.#waiting.size === 1) this.#watch();
    });
  }

  /** Gives the oldest question its time; the others are asked again of another worker. */
  #watch(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#waiting.keys();
    if (oldest === undefined || !this.#ready) return;
    this.#timer = window.setTimeout(() => {
      this.#worker.terminate();
      this.#ready = false;
      this.#worker = this.#start();
      this.#settled(oldest)?.reject(new Error(`no answer within ${PATIENCE_MS / 1000} seconds; try a smaller text`));
      for (const { question } of this.#waiting.values()) this.#worker.postMessage(question);
    }, PATIENCE_MS);
  }

  #settled(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
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
    worker.addEventListener("message", ({ data }: MessageEvent<Answer | "ready">) => {
      if (data === "ready") this.#ready = true;
      else {
        const waiting = this.#settled(data.id);
        if ("error" in data) waiting?.reject(new Error(data.error));
        else waiting?.resolve(data as never);
      }
      this.#watch();
    });
    worker.addEventListener("error", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the policy could not be loaded"));
      this.#waiting.clear();
    });
    return worker;
  }
}
