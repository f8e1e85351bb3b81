// `npm run serve`: runs a server on a Node that runs TypeScript as it is. Runs itself on the Node that npm brings,
// however old; where that is too old, a newer one comes from npm.
import { execFileSync, spawn } from "node:child_process";
import "./ensure_packages.mjs";

const NODE_PACKAGE = "node@24.21.0";
const PARENT_CHECK_MS = 500;

function findNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  const args = ["--yes", `--package=${NODE_PACKAGE}`, "--", "node", "-p", "process.execPath"];
  return execFileSync("npx", args, { encoding: "utf8", stdio: ["ignore", "pipe", 2] }).trim().split("\n").at(
    -1,
  );
}

const server = spawn(findNode(), ["src/main_node.ts", "serve", ...process.argv.slice(2)], {
  stdio: "inherit",
});
server.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
let isTold = false;
function stop() {
  isTold = true;
  server.kill("SIGTERM");
}
process.on("SIGTERM", stop);
// Ctrl-C reaches the server by itself, which then stops in order.
process.on("SIGINT", () => {});
// The shell that npm puts between passes no signal on: when it has gone, npm was told to stop. Told again, the
// server would stop at once.
const parent = process.ppid;
const parentCheck = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(parentCheck);
  if (!isTold) stop();
}, PARENT_CHECK_MS).unref();
