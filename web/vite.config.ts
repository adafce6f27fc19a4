import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

// uPlot's licence travels with its code.
const licence: Plugin = {
  name: "licence",
  generateBundle(_options, bundle) {
    const text = readFileSync("node_modules/uplot/LICENSE", "utf8").trim();
    const script = bundle["app.js"];
    if (script?.type !== "chunk") throw new Error("no app.js");
    script.code = `/* The part of this file that is uPlot:\n${text}\n*/\n${script.code}`;
  },
};

// Fixed names and one script: cmake/embed_files.cmake puts exactly these files into the program.
export default defineConfig({
  plugins: [licence],
  build: {
    target: "es2020",
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      output: { entryFileNames: "app.js", assetFileNames: "app[extname]", inlineDynamicImports: true },
    },
  },
  // `npm run dev` beside a node: the page from here, its data from there.
  server: { proxy: { "/api": "http://127.0.0.1:8353", "/metrics": "http://127.0.0.1:8353" } },
});
