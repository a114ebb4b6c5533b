declare module "virtual:examples" {
  export const examples: import("../build/examples.ts").Example[];
  export const repository: string;
  export const presets: { id: string; settings: string }[];
}
