// The policy, off the page's own thread: whatever it is given, the page stays awake.
import { answer, ready } from "./answers.ts";
import { type Answer, type Question, told } from "./protocol.ts";

ready.then(
  () => postMessage("ready"),
  // Each answer says so.
  () => {},
);

addEventListener("message", async ({ data: { id, name, takes } }: MessageEvent<Question>) => {
  const post = (answer: Answer): void => postMessage(answer);
  try {
    await ready;
    const start = performance.now();
    const gives = answer(name, takes);
    post({ id, gives, took: performance.now() - start });
  } catch (error) {
    post({ id, error: told(error) });
  }
});
