// The policy, off the page's own thread: whatever it is given, the page stays awake.
import { answer, ready } from "./answers.ts";
import type { Answer, Question } from "./protocol.ts";

addEventListener("message", async ({ data: { id, name, takes } }: MessageEvent<Question>) => {
  const told = (answer: Answer): void => postMessage(answer);
  try {
    await ready;
    const start = performance.now();
    const gives = answer(name, takes);
    told({ id, gives, took: performance.now() - start });
  } catch (error) {
    told({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
