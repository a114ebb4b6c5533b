// A link that holds all that was entered, in its fragment: browsers send that to no server.

import type { Texts } from "./protocol.ts";

export interface Entered extends Texts {
  view: string;
}

/** What a link may unfold to. */
const MOST_BYTES = 16_000_000;

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length > MOST_BYTES) throw new Error("the content is too large for a link");
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** The fragment that stands for what was entered. */
export async function packed(entered: Entered): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(entered));
  const small = await through(bytes, new CompressionStream("deflate-raw"));
  const text = Array.from(small, (byte) => String.fromCharCode(byte)).join("");
  return `#s=${btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** Whether a fragment stands for what was entered; others lead to a place of the page. */
export const isLink = (fragment: string): boolean => fragment.startsWith("#s=");

/** What a fragment stands for; nothing where it is none of ours. */
export async function unpacked(fragment: string): Promise<Entered | undefined> {
  if (!isLink(fragment)) return undefined;
  const text = atob(fragment.slice(3).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const full = await through(bytes, new DecompressionStream("deflate-raw"));
  const entered: unknown = JSON.parse(new TextDecoder().decode(full));
  const member = (name: string): string => {
    const value = (entered as Record<string, unknown> | null)?.[name];
    return typeof value === "string" ? value : "";
  };
  return { manifest: member("manifest"), settings: member("settings"), cluster: member("cluster"), view: member("view") };
}
