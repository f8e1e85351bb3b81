/** Raw echo on node:net, for Node and, beside its own sockets, for Deno: the ceiling. `echo_node.ts PORT` */
import * as net from "node:net";
import process from "node:process";

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("data", (bytes: Uint8Array) => void socket.write(bytes));
  socket.on("error", () => {/* The peer is gone. */});
});
server.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 1024 });
