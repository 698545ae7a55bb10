// A program on ioredis: strings, a pipeline, transactions, messages, streams, waiting. What it prints is compared with
// what it prints on the real server. usage: node program.js PORT
"use strict";
const Redis = require("ioredis");

const port = Number(process.argv[2]);
const connect = () => new Redis({ port, host: "127.0.0.1", lazyConnect: false, retryStrategy: null });
const say = (what, found) => console.log(`${what}: ${JSON.stringify(found)}`);

async function main() {
  const redis = connect();
  say("set", await redis.set("k", "v", "PX", 100000));
  say("get", [await redis.get("k"), await redis.get("none")]);
  say("incr", await redis.incrby("n", 5));
  say("wrong", await redis.lpush("k", 1).catch((error) => error.message));
  say("hash", [await redis.hset("h", { a: 1, b: "two" }), await redis.hgetall("h")]);
  say("list", [await redis.rpush("l", "x", "y", "z"), await redis.lrange("l", 0, -1)]);
  say("zset", [await redis.zadd("z", 1, "one", 2.5, "two"), await redis.zrange("z", 0, -1, "WITHSCORES")]);
  say("buffer", (await redis.getBuffer("k")).toString("hex"));

  const pipeline = redis.pipeline();
  for (let number = 0; number < 1000; number += 1) pipeline.set(`p${number}`, number).get(`p${number}`);
  const replies = await pipeline.exec();
  say("pipeline", [replies.length, replies.filter(([error]) => error).length, replies.at(-1)]);

  say("multi", await redis.multi().incr("n").get("n").lpush("k", 1).exec().then((all) => all.map(([error, value]) => error ? error.message : value)));
  await redis.watch("n");
  const other = connect();
  await other.set("n", 1);
  say("broken watch", await redis.multi().incr("n").exec());

  const listener = connect();
  const heard = [];
  const both = new Promise((done) => {
    const take = (...message) => { heard.push(message); if (heard.length === 2) done(); };
    listener.on("message", (channel, text) => take("message", channel, text));
    listener.on("pmessage", (pattern, channel, text) => take("pmessage", pattern, channel, text));
  });
  say("subscribed", [await listener.subscribe("news"), await listener.psubscribe("we*")]);
  say("heard by", [await redis.publish("news", "first"), await redis.publish("weather", "rain")]);
  await both;
  say("messages", heard);

  const waiting = other.blpop("queue", 0);
  // The other one waits for sure once the server says so.
  while (!/cmd=blpop/.test(await redis.client("LIST"))) await new Promise((next) => setImmediate(next));
  say("push", await redis.rpush("queue", "job"));
  say("popped", await waiting);

  for (let number = 1; number <= 3; number += 1) await redis.xadd("s", `1-${number}`, "field", number);
  await redis.xgroup("CREATE", "s", "g", "0");
  say("xreadgroup", await redis.xreadgroup("GROUP", "g", "me", "COUNT", 2, "STREAMS", "s", ">"));
  say("xack", await redis.xack("s", "g", "1-1"));
  say("xpending", await redis.xpending("s", "g"));

  const found = [];
  for await (const keys of redis.scanStream({ match: "p1*" })) found.push(...keys);
  say("scan", new Set(found).size);
  for (const client of [redis, other, listener]) client.disconnect();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
