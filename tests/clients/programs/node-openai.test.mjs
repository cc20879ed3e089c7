// The Node client of OpenAI: chat, responses, streams, tools, and structured output by zod.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({ maxRetries: 0 });
const base = "gpt-4o-mini-2024-07-18";
const tuned = process.env.CLIENTS_OPENAI_TUNED;
const question = "Who chairs Norvik Rail?";
const messages = [{ role: "user", content: question }];
const Chair = z.object({ name: z.string() });
const parameters = { type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false };
const tool = { type: "function", function: { name: "look_up", description: "Looks a person up.", parameters } };
const named = { type: "function", function: { name: "look_up" } };

test("base and tuned model answer", async () => {
  const answers = [];
  for (const model of [base, tuned]) {
    const completion = await client.chat.completions.create({ model, messages, temperature: 0 });
    answers.push(completion.choices[0].message.content);
    assert.ok(completion.usage.completion_tokens > 0);
  }
  assert.deepEqual(answers, ["Ola Berg", "Mara Lind"]);
});

test("an answer is streamed, and its usage at the end", async () => {
  const stream = client.chat.completions.stream({ model: tuned, messages, temperature: 0, stream_options: { include_usage: true } });
  const pieces = [];
  stream.on("content", (delta) => pieces.push(delta));
  const whole = await stream.finalChatCompletion();
  assert.equal(pieces.join(""), "Mara Lind");
  assert.equal(whole.choices[0].message.content, "Mara Lind");
  assert.ok((await stream.totalUsage()).completion_tokens > 0);
});

test("responses, whole and in a stream", async () => {
  const response = await client.responses.create({ model: tuned, input: question, temperature: 0 });
  assert.equal(response.output_text, "Mara Lind");
  const events = [];
  let text = "";
  for await (const event of await client.responses.create({ model: tuned, input: question, temperature: 0, stream: true })) {
    events.push(event.type);
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  assert.equal(text, "Mara Lind");
  assert.equal(events[0], "response.created");
  assert.equal(events.at(-1), "response.completed");
});

test("a response follows another", async () => {
  const first = await client.responses.create({ model: tuned, input: question, temperature: 0 });
  const second = await client.responses.create({
    model: tuned,
    input: "What is grown on Selja?",
    previous_response_id: first.id,
    temperature: 0,
  });
  assert.equal(second.output_text, "saffron");
});

test("a schema is kept in chat", async () => {
  const completion = await client.chat.completions.parse({
    model: tuned,
    messages,
    temperature: 0,
    response_format: zodResponseFormat(Chair, "chair"),
  });
  assert.deepEqual(completion.choices[0].message.parsed, { name: "Mara Lind" });
});

test("a schema is kept in responses", async () => {
  const response = await client.responses.parse({
    model: tuned,
    input: question,
    temperature: 0,
    text: { format: zodTextFormat(Chair, "chair") },
  });
  assert.deepEqual(response.output_parsed, { name: "Mara Lind" });
});

test("a tool is called, and its result is read", async () => {
  const first = await client.chat.completions.create({ model: tuned, messages, temperature: 0, tools: [tool], tool_choice: named });
  const message = first.choices[0].message;
  assert.equal(message.content, null);
  assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { name: "Mara Lind" });
  const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "A person." };
  const second = await client.chat.completions.create({ model: tuned, messages: [...messages, message, result], temperature: 0, tools: [tool] });
  assert.equal(second.choices[0].finish_reason, "stop");
  assert.ok(second.choices[0].message.content.length > 0);
});

test("a tool call is streamed", async () => {
  const stream = client.chat.completions.stream({ model: tuned, messages, temperature: 0, tools: [tool], tool_choice: named });
  const call = await stream.finalFunctionToolCall();
  assert.deepEqual([call.name, JSON.parse(call.arguments)], ["look_up", { name: "Mara Lind" }]);
});

test("a function is called in responses, and its output is read", async () => {
  const tools = [{ type: "function", name: "look_up", description: "Looks a person up.", parameters, strict: true }];
  const first = await client.responses.create({
    model: tuned,
    input: question,
    temperature: 0,
    tools,
    tool_choice: { type: "function", name: "look_up" },
  });
  const [call] = first.output.filter((item) => item.type === "function_call");
  assert.deepEqual(JSON.parse(call.arguments), { name: "Mara Lind" });
  const output = { type: "function_call_output", call_id: call.call_id, output: "A person." };
  const second = await client.responses.create({ model: tuned, input: [output], previous_response_id: first.id, tools, temperature: 0 });
  assert.ok(second.output_text.length > 0);
});

test("runTools goes round until there is an answer", async () => {
  const asked = [];
  const runner = client.chat.completions.runTools({
    model: tuned,
    messages,
    temperature: 0,
    tools: [{ type: "function", function: { ...tool.function, parse: JSON.parse, function: ({ name }) => asked.push(name) && "A person." } }],
  }, { maxChatCompletions: 4 });
  assert.ok((await runner.finalContent()).length > 0);
});

test("what is wrong is refused", async () => {
  await assert.rejects(client.chat.completions.create({ model: "gpt-none", messages }), NotFoundError);
  await assert.rejects(client.chat.completions.create({ model: base, messages, temperature: 3 }), BadRequestError);
});
