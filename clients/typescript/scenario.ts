import createClient from "openapi-fetch";
import type { paths } from "./generated/schema.js";
const client = createClient<paths>({ baseUrl: process.env["COMMONWEAL_URL"] ?? "" });
const { data, error } = await client.GET("/api/v1/incidents/{id}", { params: { path: { id: "x" } } });
if (error !== undefined) throw new Error(error.code);
console.log(data.title, data.state);
