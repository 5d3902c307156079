"""One incident from a resident's report to the closed case, each step by the person who may take it, through the
generated client. The server: $COMMONWEAL_URL, whose administrator's password is $COMMONWEAL_ADMIN_PASSWORD.
"""

import os
import secrets
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID, uuid4

from commonweal_client import AuthenticatedClient, Client
from commonweal_client.api.auth import identity_sign_in
from commonweal_client.api.grants import identity_create_grant
from commonweal_client.api.incidents import (
    grid_accept_incident,
    grid_close_incident,
    grid_dispatch_incident,
    grid_list_incidents,
    grid_list_my_incidents,
    grid_list_steps,
    grid_report_incident,
    grid_resolve_incident,
    grid_start_incident,
    grid_verify_incident,
)
from commonweal_client.api.me import identity_change_my_password
from commonweal_client.api.roles import identity_list_roles
from commonweal_client.api.units import territory_list_units
from commonweal_client.api.users import identity_create_user
from commonweal_client.models import (
    GrantCreate,
    IncidentAccept,
    IncidentClose,
    IncidentCreate,
    IncidentDispatch,
    IncidentResolve,
    IncidentStart,
    IncidentVerify,
    IncidentView,
    PasswordChangeCreate,
    Problem,
    SignInCreate,
    UserCreate,
)
from commonweal_client.types import UNSET, Response, Unset

URL = os.environ["COMMONWEAL_URL"]
# The community of the demo town in which it happens, and a point inside its first grid.
COMMUNITY = "441900106201"
LAT, LNG = 22.996, 113.979

T = TypeVar("T")


@dataclass
class Person:
    """An account, signed in."""

    id: UUID
    api: AuthenticatedClient


def check(holds: bool, what: object) -> None:
    """Ends the scenario where something does not hold; unlike `assert` also under `python -O`."""
    if not holds:
        raise SystemExit(f"clients: python: {what}")


def done(what: str, answer: Response[T | Problem]) -> T:
    """What an operation answers, or an end with what it said instead."""
    parsed = answer.parsed
    if isinstance(parsed, Problem) or parsed is None or answer.status_code >= 300:
        raise SystemExit(f"clients: python: {what}: {answer.status_code} {answer.content!r}")
    return parsed


def refused(what: str, answer: Response[IncidentView | Problem], status: int, code: str) -> None:
    """That an operation is refused, with this status and this code."""
    problem = answer.parsed
    if not isinstance(problem, Problem) or (answer.status_code, problem.code) != (status, code):
        raise SystemExit(f"clients: python: {what}: {answer.status_code} {answer.content!r}")


def sign_in(login: str, password: str) -> tuple[AuthenticatedClient, bool]:
    """A client with the account's token, and whether its password has to be changed."""
    with Client(base_url=URL) as stranger:
        body = SignInCreate(login=login, password=password)
        session = done(f"{login} signs in", identity_sign_in.sync_detailed(client=stranger, body=body))
    if isinstance(session.access_token, Unset) or isinstance(session.user, Unset):
        raise SystemExit(f"clients: python: {login} is asked for a second factor")
    api = AuthenticatedClient(base_url=URL, token=session.access_token)
    return api, session.user.must_change_password


def role_id(admin: AuthenticatedClient, name: str) -> UUID:
    """A built-in role's id, looked for page by page."""
    cursor: str | Unset = UNSET
    while True:
        page = done("the roles", identity_list_roles.sync_detailed(client=admin, limit=5, cursor=cursor))
        for role in page.items:
            if role.builtin and role.name == name:
                return role.id
        if isinstance(page.next_cursor, Unset):
            raise SystemExit(f"clients: python: there is no role {name}")
        cursor = page.next_cursor


def grant(admin: AuthenticatedClient, user: UUID, role: str, unit: UUID) -> None:
    """Gives a built-in role in a unit."""
    body = GrantCreate(user_id=user, role_id=role_id(admin, role), unit_id=unit, reason="Needed for the scenario.")
    made = done(f"the role {role} is granted", identity_create_grant.sync_detailed(client=admin, body=body))
    check((made.role.name, made.unit.id, made.user.id) == (role, unit, user), made)


def person(admin: AuthenticatedClient, role: str, unit: UUID) -> Person:
    """Makes an account that holds a built-in role; it chooses its own password and signs in with it."""
    login = f"py-{role}-{secrets.token_hex(4)}"
    given, chosen = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    account = UserCreate(login=login, display_name=f"Demo {role}", unit_id=unit, password=given)
    user = done(f"an account {login}", identity_create_user.sync_detailed(client=admin, body=account))
    grant(admin, user.id, role, unit)
    first, must_change = sign_in(login, given)
    check(must_change, f"{login} has to choose a password")
    change = PasswordChangeCreate(current_password=given, new_password=chosen)
    changed = identity_change_my_password.sync_detailed(client=first, body=change)
    check(changed.status_code == 204, changed.content)
    api, must_change = sign_in(login, chosen)
    check(not must_change, f"{login} has chosen a password")
    return Person(user.id, api)


def seen(incident: IncidentView) -> str:
    """The version that was seen, as If-Match."""
    return f'"{incident.version}"'


def main() -> None:
    """The story."""
    admin, _ = sign_in("admin", os.environ["COMMONWEAL_ADMIN_PASSWORD"])
    units = done("the community", territory_list_units.sync_detailed(client=admin, code=COMMUNITY))
    check([unit.kind for unit in units.items] == ["community"], f"one unit has the code {COMMUNITY}")
    unit = units.items[0].id
    resident = person(admin, "resident", unit)
    worker = person(admin, "grid_worker", unit)
    handler = person(admin, "department_handler", unit)
    inspector = person(admin, "inspector", unit)

    # The resident gives a point; the incident finds its grid and its unit by itself. Sent twice, it is there once.
    key = str(uuid4())
    report = IncidentCreate(title="路灯不亮", description="巷口的路灯坏了三天", lat=LAT, lng=LNG)
    reported = done(
        "the report", grid_report_incident.sync_detailed(client=resident.api, body=report, idempotency_key=key)
    )
    check((reported.state, reported.unit_id) == ("reported", unit), reported)
    check(isinstance(reported.grid_id, UUID), "it lies in a grid")
    replay = grid_report_incident.sync_detailed(client=resident.api, body=report, idempotency_key=key)
    check(done("the report again", replay).id == reported.id, "the same key, the same incident")
    check(replay.headers.get("idempotency-replayed") == "true", replay.headers)
    incident = reported.id

    early = grid_accept_incident.sync_detailed(
        incident, client=resident.api, body=IncidentAccept(), if_match=seen(reported)
    )
    refused("the resident accepts", early, 403, "kernel.forbidden")
    listed = done("the list", grid_list_incidents.sync_detailed(client=worker.api, unit=unit))
    check("accept" in next(i for i in listed.items if i.id == incident).allowed_transitions, listed)
    accepted = done(
        "accept",
        grid_accept_incident.sync_detailed(
            incident, client=worker.api, body=IncidentAccept(note="马上安排"), if_match=seen(reported)
        ),
    )
    check(accepted.state == "accepted" and accepted.version > reported.version, accepted)

    # A write upon what is no longer so is refused, whether the version stands in the header or in the body.
    order = IncidentDispatch(assignee_unit_id=unit, assignee_id=handler.id, note="请处理")
    stale = grid_dispatch_incident.sync_detailed(incident, client=worker.api, body=order, if_match=seen(reported))
    refused("a stale If-Match", stale, 412, "kernel.stale")
    order.version = reported.version
    stale = grid_dispatch_incident.sync_detailed(incident, client=worker.api, body=order)
    refused("a stale version", stale, 412, "kernel.stale")
    order.version = accepted.version
    dispatched = done("dispatch", grid_dispatch_incident.sync_detailed(incident, client=worker.api, body=order))
    check((dispatched.state, dispatched.assignee_id) == ("dispatched", handler.id), dispatched)

    started = done(
        "start",
        grid_start_incident.sync_detailed(
            incident, client=handler.api, body=IncidentStart(), if_match=seen(dispatched)
        ),
    )
    check(started.state == "in_progress", started)
    mended = IncidentResolve(result="灯泡已更换")
    resolved = done(
        "resolve",
        grid_resolve_incident.sync_detailed(incident, client=handler.api, body=mended, if_match=seen(started)),
    )
    check((resolved.state, resolved.resolved_by_id) == ("resolved", handler.id), resolved)

    # The handler may not verify; and with a role that may, still not what they resolved themselves.
    def verify(by: Person) -> Response[IncidentView | Problem]:
        verdict = IncidentVerify(passed=True, version=resolved.version)
        return grid_verify_incident.sync_detailed(incident, client=by.api, body=verdict)

    refused("the handler verifies", verify(handler), 403, "kernel.forbidden")
    grant(admin, handler.id, "inspector", unit)
    refused("the resolver verifies", verify(handler), 403, "grid.resolver_cannot_verify")
    verified = done("verify", verify(inspector))
    check(verified.state == "verified", verified)
    closed = done(
        "close",
        grid_close_incident.sync_detailed(
            incident, client=inspector.api, body=IncidentClose(), if_match=seen(verified)
        ),
    )
    check(closed.state == "closed" and not isinstance(closed.closed_at, Unset), closed)

    steps = done("the steps", grid_list_steps.sync_detailed(incident, client=worker.api))
    expected = [
        ("report", "reported", resident.id),
        ("accept", "accepted", worker.id),
        ("dispatch", "dispatched", worker.id),
        ("start", "in_progress", handler.id),
        ("resolve", "resolved", handler.id),
        ("verify", "verified", inspector.id),
        ("close", "closed", inspector.id),
    ]
    taken = [(step.action, step.to_state, step.actor_id) for step in steps.items]
    check(taken == expected, taken)
    mine = done("the resident's own", grid_list_my_incidents.sync_detailed(client=resident.api))
    check([(i.id, i.state) for i in mine.items] == [(incident, "closed")], mine)
    print("clients: python: the scenario holds, from the report to the closed case")


if __name__ == "__main__":
    main()
