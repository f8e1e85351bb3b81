// Installs the packages that Node resolves from node_modules, once. Runs on the Node that npm brings, however old.
import { existsSync } from "node:fs";
import { execSync } from "node:child_process";

if (!existsSync("node_modules/hono")) {
  console.error("herd: installing packages, once");
  execSync("npm ci --no-audit --no-fund --loglevel=error", { stdio: ["ignore", 2, 2] });
}
