// Keeps a Node client on this machine, and writes down what it tried to reach.
import { appendFileSync } from "node:fs";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const here = (host) => host === undefined || ["localhost", "::1", ""].includes(host) || /^127\./.test(host);
const refuse = (event, host) => {
  if (process.env.CLIENTS_REACHED) appendFileSync(process.env.CLIENTS_REACHED, `${event} ${host}\n`);
  throw new Error(`${event} to ${host}: clients stay on this machine`);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof first === "object" ? first.host : typeof given[1] === "string" ? given[1] : undefined;
  return here(host) ? connect.apply(this, given) : refuse("connect", host);
};
for (const where of [dns, dns.promises]) {
  const { lookup } = where;
  where.lookup = (host, ...rest) => (here(host) ? lookup(host, ...rest) : refuse("lookup", host));
}
syncBuiltinESMExports();
