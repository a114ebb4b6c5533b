import { resolve } from "node:path";
import { defineConfig } from "vite";
import { examplesPlugin } from "./build/examples.ts";

export default defineConfig({
  // Any folder of any host.
  base: "./",
  plugins: [examplesPlugin()],
  worker: { format: "es" },
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // The examples, rules and schema are the project's own files.
  server: { fs: { allow: [resolve(import.meta.dirname, "..")] } },
});
