// One incident from a resident's report to the closed case, each step by the person who may take it, through the
// generated types. The server: $COMMONWEAL_URL, whose administrator's password is $COMMONWEAL_ADMIN_PASSWORD.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./generated/schema.js";

type Api = Client<paths>;
type Incident = components["schemas"]["IncidentView"];

interface Person {
  id: string;
  api: Api;
}

/** The community of the demo town in which it happens, and a point inside its first grid. */
const COMMUNITY = "441900106201";
const POINT = { lat: 22.996, lng: 113.979 };

const url = setting("COMMONWEAL_URL");

function setting(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

/** What an operation answers, or an end with what it said instead. */
async function done<T>(
  what: string,
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer;
  assert.ok(response.ok, `${what}: ${response.status} ${JSON.stringify(error)}`);
  return data as T;
}

/** That an operation is refused, with this status and this code. */
async function refused(
  what: string,
  answer: Promise<{ data?: unknown; error?: components["schemas"]["Problem"]; response: Response }>,
  status: number,
  code: string,
): Promise<void> {
  const { error, response } = await answer;
  assert.deepEqual([response.status, error?.code], [status, code], `${what}: ${JSON.stringify(error)}`);
  assert.equal(response.headers.get("content-type"), "application/problem+json", what);
}

function api(token?: string): Api {
  return createClient<paths>({ baseUrl: url, ...(token && { headers: { authorization: `Bearer ${token}` } }) });
}

async function signIn(login: string, password: string): Promise<{ api: Api; mustChange: boolean }> {
  const session = await done(
    `${login} signs in`,
    api().POST("/api/v1/auth/login", { body: { login, password } }),
  );
  assert.ok(session.access_token && session.user, `${login} is asked for a second factor`);
  return { api: api(session.access_token), mustChange: session.user.must_change_password };
}

/** A built-in role's id, looked for page by page. */
async function roleId(admin: Api, name: string): Promise<string> {
  let cursor: string | undefined;
  do {
    const page = await done(
      "the roles",
      admin.GET("/api/v1/roles", { params: { query: { limit: 5, ...(cursor && { cursor }) } } }),
    );
    const found = page.items.find((role) => role.builtin && role.name === name);
    if (found) return found.id;
    cursor = page.next_cursor;
  } while (cursor);
  return assert.fail(`there is no role ${name}`);
}

async function grant(admin: Api, user_id: string, role: string, unit_id: string): Promise<void> {
  const made = await done(
    `the role ${role} is granted`,
    admin.POST("/api/v1/grants", {
      body: { user_id, role_id: await roleId(admin, role), unit_id, reason: "Needed for the scenario." },
    }),
  );
  assert.deepEqual([made.role.name, made.unit.id, made.user.id], [role, unit_id, user_id]);
}

/** Makes an account that holds a built-in role in a unit; it chooses its own password and signs in with it. */
async function person(admin: Api, role: string, unit_id: string): Promise<Person> {
  const login = `ts-${role}-${randomBytes(4).toString("hex")}`;
  const given = randomBytes(12).toString("base64url");
  const chosen = randomBytes(12).toString("base64url");
  const user = await done(
    `an account ${login}`,
    admin.POST("/api/v1/users", { body: { login, display_name: `Demo ${role}`, unit_id, password: given } }),
  );
  await grant(admin, user.id, role, unit_id);
  const first = await signIn(login, given);
  assert.ok(first.mustChange, `${login} has to choose a password`);
  await done(
    `${login} chooses a password`,
    first.api.POST("/api/v1/me/password", { body: { current_password: given, new_password: chosen } }),
  );
  const again = await signIn(login, chosen);
  assert.ok(!again.mustChange, `${login} has chosen a password`);
  return { id: user.id, api: again.api };
}

/** The parameters of a step: which incident, and the version that was seen, as If-Match. */
function at(incident: Incident): { path: { id: string }; header: { "If-Match": string } } {
  return { path: { id: incident.id }, header: { "If-Match": `"${incident.version}"` } };
}

async function main(): Promise<void> {
  const { api: admin } = await signIn("admin", setting("COMMONWEAL_ADMIN_PASSWORD"));
  const units = await done(
    "the community",
    admin.GET("/api/v1/units", { params: { query: { code: COMMUNITY } } }),
  );
  const community = units.items[0];
  assert.ok(community, `no unit has the code ${COMMUNITY}`);
  assert.equal(community.kind, "community");

  const resident = await person(admin, "resident", community.id);
  const worker = await person(admin, "grid_worker", community.id);
  const handler = await person(admin, "department_handler", community.id);
  const inspector = await person(admin, "inspector", community.id);

  // The resident gives a point; the incident finds its grid and its unit by itself. Sent twice, it is there once.
  const report = {
    params: { header: { "Idempotency-Key": randomUUID() } },
    body: { title: "路灯不亮", description: "巷口的路灯坏了三天", ...POINT },
  };
  const reported = await done("the report", resident.api.POST("/api/v1/incidents", report));
  assert.equal(reported.state, "reported");
  assert.equal(reported.unit_id, community.id);
  assert.ok(reported.grid_id && reported.grid_name, "it lies in a grid");
  const replay = await resident.api.POST("/api/v1/incidents", report);
  assert.equal(replay.data?.id, reported.id, "the same key, the same incident");
  assert.equal(replay.response.headers.get("idempotency-replayed"), "true");

  await refused(
    "the resident accepts",
    resident.api.POST("/api/v1/incidents/{id}/accept", { params: at(reported), body: {} }),
    403,
    "kernel.forbidden",
  );

  const listed = await done(
    "what was reported",
    worker.api.GET("/api/v1/incidents", { params: { query: { unit: community.id, state: "reported" } } }),
  );
  const seen = listed.items.find((incident) => incident.id === reported.id);
  assert.ok(seen, "the worker finds it");
  assert.ok(seen.allowed_transitions.includes("accept"), "the worker may accept it");
  const accepted = await done(
    "accept",
    worker.api.POST("/api/v1/incidents/{id}/accept", { params: at(seen), body: { note: "马上安排" } }),
  );
  assert.equal(accepted.state, "accepted");
  assert.ok(accepted.version > seen.version, "every change has its version");

  // A write upon what is no longer so is refused, whether the version stands in the header or in the body.
  const order = { assignee_unit_id: community.id, assignee_id: handler.id, note: "请处理" };
  const dispatch = "/api/v1/incidents/{id}/dispatch";
  const { id } = reported;
  await refused("a stale If-Match", worker.api.POST(dispatch, { params: at(seen), body: order }), 412, "kernel.stale");
  await refused(
    "a stale version",
    worker.api.POST(dispatch, { params: { path: { id } }, body: { ...order, version: seen.version } }),
    412,
    "kernel.stale",
  );
  const dispatched = await done("dispatch", worker.api.POST(dispatch, { params: at(accepted), body: order }));
  assert.deepEqual([dispatched.state, dispatched.assignee_id], ["dispatched", handler.id]);

  const started = await done(
    "start",
    handler.api.POST("/api/v1/incidents/{id}/start", { params: at(dispatched), body: {} }),
  );
  assert.equal(started.state, "in_progress");
  const resolved = await done(
    "resolve",
    handler.api.POST("/api/v1/incidents/{id}/resolve", { params: at(started), body: { result: "灯泡已更换" } }),
  );
  assert.deepEqual([resolved.state, resolved.resolved_by_id], ["resolved", handler.id]);

  // The handler may not verify; and with a role that may, still not what they resolved themselves.
  const verify = "/api/v1/incidents/{id}/verify";
  const verdict = { params: at(resolved), body: { passed: true } };
  await refused("the handler verifies", handler.api.POST(verify, verdict), 403, "kernel.forbidden");
  await grant(admin, handler.id, "inspector", community.id);
  await refused("the resolver verifies", handler.api.POST(verify, verdict), 403, "grid.resolver_cannot_verify");
  const verified = await done("verify", inspector.api.POST(verify, verdict));
  assert.equal(verified.state, "verified");
  const closed = await done(
    "close",
    worker.api.POST("/api/v1/incidents/{id}/close", { params: at(verified), body: {} }),
  );
  assert.equal(closed.state, "closed");
  assert.ok(closed.closed_at);

  const steps = await done(
    "the steps",
    inspector.api.GET("/api/v1/incidents/{id}/steps", { params: { path: { id } } }),
  );
  assert.deepEqual(
    steps.items.map((step) => [step.action, step.to_state, step.actor_id]),
    [
      ["report", "reported", resident.id],
      ["accept", "accepted", worker.id],
      ["dispatch", "dispatched", worker.id],
      ["start", "in_progress", handler.id],
      ["resolve", "resolved", handler.id],
      ["verify", "verified", inspector.id],
      ["close", "closed", worker.id],
    ],
  );
  const mine = await done("the resident's own", resident.api.GET("/api/v1/me/incidents"));
  assert.deepEqual(
    mine.items.map((incident) => [incident.id, incident.state]),
    [[id, "closed"]],
  );
  console.log("clients: typescript: the scenario holds, from the report to the closed case");
}

await main();
