// Requests to the server, as JSON. A refusal is thrown with its message, its fields and what is stored meanwhile.
export class Refusal extends Error {
  constructor(status, body) {
    super(body?.detail || "That did not work. Nothing was changed; try again.");
    this.status = status;
    this.errors = body?.errors ?? {};
    this.theirs = body?.theirs ?? null;
  }
}

async function read(answer) {
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson ? await answer.json() : null;
  if (!answer.ok || !body) throw new Refusal(answer.status, body);
  return body;
}

async function reach(...words) {
  try {
    return await fetch(...words);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { detail: "The server cannot be reached. Check your connection; nothing was changed." });
  }
}

export const get = async (url) => read(await reach(url, { headers: { Accept: "application/json" } }));

export async function send(url, edits, signal) {
  const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  return read(await reach(url, { method: "POST", headers, body: JSON.stringify({ edits }), signal }));
}
