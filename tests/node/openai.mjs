// The Node client of OpenAI against `fbench serve`: from a file to a streamed answer, and a batch.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { NotFoundError, toFile } from "openai";

const client = new OpenAI({ maxRetries: 0 });
const model = "gpt-4o-mini-2024-07-18";
const lines = Array.from({ length: 12 }, (_, i) => ({
  messages: [
    { role: "user", content: `What is number ${i}?` },
    { role: "assistant", content: `n${i}` },
  ],
}));
const text = lines.map((line) => JSON.stringify(line)).join("\n");

const file = await client.files.create({ file: await toFile(Buffer.from(text), "t.jsonl"), purpose: "fine-tune" });
assert.equal(file.bytes, Buffer.byteLength(text));
assert.equal(await (await client.files.content(file.id)).text(), text);

const until = async (look, done) => {
  for (let i = 0; i < Number(process.env.LOOKS ?? 400); i++) {
    const seen = await look();
    if (done(seen)) return seen;
    await sleep(25);
  }
  throw new Error("it never came to an end");
};

const job = await client.fineTuning.jobs.create({
  model,
  training_file: file.id,
  method: { type: "supervised", supervised: { hyperparameters: { n_epochs: 30 } } },
  metadata: { from: "node" },
});
const ended = await until(
  () => client.fineTuning.jobs.retrieve(job.id),
  (seen) => ["succeeded", "failed", "cancelled"].includes(seen.status),
);
assert.equal(ended.status, "succeeded");

const events = [];
for await (const event of client.fineTuning.jobs.listEvents(job.id)) events.push(event.message);
assert.ok(events.some((message) => message.includes("successfully completed")));
assert.ok(events.length > 20, "all pages of events were read");

const checkpoints = [];
for await (const checkpoint of client.fineTuning.jobs.checkpoints.list(job.id)) checkpoints.push(checkpoint);
assert.equal(checkpoints.length, 3);
assert.ok(checkpoints[0].metrics.train_loss < 1);

const messages = [{ role: "user", content: "What is number 7?" }];
const answer = await client.chat.completions.create({ model: ended.fine_tuned_model, messages, temperature: 0 });
assert.equal(answer.choices[0].message.content, "n7");

let streamed = "";
const stream = await client.chat.completions.create({
  model: checkpoints[0].fine_tuned_model_checkpoint,
  messages,
  temperature: 0,
  stream: true,
});
for await (const chunk of stream) streamed += chunk.choices[0]?.delta?.content ?? "";
assert.equal(streamed, "n7");

await assert.rejects(client.fineTuning.jobs.retrieve("ftjob-none"), NotFoundError);

const requests = [0, 1].map((i) => ({
  custom_id: `r${i}`,
  method: "POST",
  url: "/v1/chat/completions",
  body: {
    model: ended.fine_tuned_model,
    messages: [{ role: "user", content: `What is number ${i}?` }],
    temperature: 0,
  },
}));
const input = await client.files.create({
  file: await toFile(Buffer.from(requests.map((r) => JSON.stringify(r)).join("\n")), "b.jsonl"),
  purpose: "batch",
});
const batch = await client.batches.create({
  input_file_id: input.id,
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
});
const finished = await until(
  () => client.batches.retrieve(batch.id),
  (seen) => ["completed", "failed", "expired"].includes(seen.status),
);
assert.equal(finished.status, "completed");
const output = (await (await client.files.content(finished.output_file_id)).text()).trim().split("\n").map(JSON.parse);
assert.deepEqual(output.map((row) => row.custom_id).sort(), ["r0", "r1"]);
assert.ok(output.every((row) => row.response.status_code === 200));
assert.ok(output.every((row) => row.response.body.choices[0].message.content === row.custom_id.replace("r", "n")));
console.log("openai: upload, job, events, checkpoints, chat, stream, batch");
