// Serves in a process of its own until its input ends; says its port and how many milliseconds the start took.
const { startServer } = await import("../../dist/server/index.js");
const began = performance.now();
const server = await startServer();
const took = performance.now() - began;
console.log(JSON.stringify({ port: Number(new URL(server.url).port), took }));
process.stdin.resume().once("end", () => void server.stop());
