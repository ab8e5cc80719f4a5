"""A public client of Harvest v3 (open-greenhouse-mcp), unchanged: sign in, lists, pages, create, attach, change, merge.

Usage: greenhouse.py ADDRESSES.json, with HTTPS_PROXY and SSL_CERT_FILE set. Each step prints a line; what is not as expected ends it.
"""

import asyncio
import base64
import json
import sys
import urllib.request

from greenhouse_mcp.client import GreenhouseClient
from greenhouse_mcp.harvest import (
    activity_feed, applications, candidates, custom_fields, education, job_stages, jobs, prospect_pools, search, sources, users,
)

with open(sys.argv[1], encoding="utf-8") as told:
    SANDBOX = json.load(told)
ADA = [{"value": "Ada+contract@example.org", "type": "personal"}]


def control(method, path, body=None):
    """The sandbox's own control server, past any proxy."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SANDBOX["control"] + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.loads(answer.read() or "null")


def said(name, result, expected=True):
    """What a tool gave: an error is a dictionary with `error` and `status_code`."""
    if isinstance(result, dict) and "error" in result:
        sys.exit(f"  {name}: {result}")
    if not expected:
        sys.exit(f"  {name}: not as expected: {json.dumps(result)[:600]}")
    print(f"  {name}")
    return result


def refused(name, result, status):
    if not isinstance(result, dict) or result.get("status_code") != status:
        sys.exit(f"  {name}: {status} was expected: {result}")
    print(f"  {name}: {status}")


async def lists(client):
    every = said("jobs", await jobs.list_jobs(client, paginate="all"))["items"]
    said("an open job", next(job for job in every if job["id"] == 4001), any(job["status"] == "open" for job in every))
    said("sources", await sources.list_sources(client))
    fields = said("custom fields", await custom_fields.list_custom_fields(client))["items"]
    level = next(field for field in fields if field["name_key"] == "level")
    field = said("a custom field with its options", await custom_fields.get_custom_field(client, custom_field_id=level["id"]))
    said("its options are there", field, [option["name"] for option in field["custom_field_options"]] == ["junior", "senior", "staff", "intern"])
    stages = said("job stages", await job_stages.list_job_stages_for_job(client, job_id=4001))
    pools = said("prospect pools with their stages", await prospect_pools.list_prospect_pools(client))["items"]
    said("a pool has stages", pools, all(pool["prospect_stages"] for pool in pools))
    user = said("a user by e-mail", await users.list_users(client, email="recruiter@example.org"))["items"]
    said("a user by id", await users.get_user(client, user_id=user[0]["id"]), user[0]["site_admin"] is False)
    return stages


async def pages(client):
    control("POST", "/lists", {"schools": 1200})
    schools = said("schools, all pages", await education.list_schools(client, paginate="all"))
    said("every school once", schools["total"], schools["total"] == len({row["id"] for row in schools["items"]}) >= 1204)
    first = said("a first page", await education.list_schools(client, per_page=3, force_refresh=True))
    second = said("and by its cursor the next", await education.list_schools(client, cursor=first["next_cursor"], force_refresh=True))
    said("which goes on", second, not {row["id"] for row in first["items"]} & {row["id"] for row in second["items"]})
    return schools["items"][-1]["id"]


async def people(client, school):
    made = said("a candidate with an application", await candidates.create_candidate(
        client, first_name="Ada", last_name="Example", email_addresses=ADA, tags=["contract"], job_id=4001, source_id=2001, recruiter_id=92121,
        initial_stage_id=400102, custom_fields=[{"name_key": "level", "value": "senior"}, {"custom_field_id": 10, "value": 7}]))
    ada, applied = made["candidate"]["id"], made["application"]["id"]
    found = said("found by e-mail, whatever its case", await search.search_candidates_by_email(client, email="ADA+CONTRACT@example.org"))
    said("it alone", found, [row["id"] for row in found["items"]] == [ada])
    said("an attachment", await candidates.add_attachment(
        client, candidate_id=ada, application_id=applied, filename="cv.pdf", type="resume", content=base64.b64encode(b"CV").decode()))
    refused("an attachment with neither content nor url", await client.harvest_post(
        "/attachments", {"application_id": applied, "filename": "cv.pdf", "type": "resume"}), 422)
    said("an education", await candidates.add_education(client, candidate_id=ada, school_id=school, degree_id=1230, start_date="2010-09-01"))
    said("an employment", await candidates.add_employment(
        client, candidate_id=ada, company_name="Acme", title="Engineer", start_date="2014-08-03", end_date="2015-08-03"))
    said("a note", await candidates.add_note_to_candidate(client, candidate_id=ada, body="Hello.", visibility="private"))
    said("the notes", await activity_feed.get_activity_feed(client, candidate_id=ada))
    said("a second application", await applications.create_application(client, candidate_id=ada, job_id=4002))
    refused("an application for no job", await client.harvest_post("/applications", {"candidate_id": ada}), 422)
    changed = said("a change, custom fields merged", await candidates.update_candidate(
        client, candidate_id=ada, title="Engineer", custom_fields=[{"custom_field_id": 12, "value": True}]))
    kept = {key: field["value"] for key, field in changed["custom_fields"].items() if field["value"] is not None}
    said("what was there is there", kept, kept == {"level": "senior", "years_of_experience": 7, "relocation": True})
    whole = said("the whole person", await candidates.get_candidate(client, candidate_id=ada))
    counts = [len(whole[name]) for name in ("applications", "attachments", "educations", "employments")]
    said("with all that hangs on it", whole, counts == [2, 1, 1, 1] and "warnings" not in whole)
    return ada


async def merged(client, ada):
    made = said("a prospect", await candidates.add_prospect(
        client, first_name="Ada", last_name="Example", prospect_pool_id=227, prospect_stage_id=826, job_ids=[4003]))
    twin, applied = made["candidate"]["id"], made["application"]["id"]
    said("has no job", made, made["application"].get("job_id") is None and made["application"]["prospective_job_ids"] == [4003])
    said("a merge", await candidates.merge_candidates(client, primary_candidate_id=ada, duplicate_candidate_id=twin))
    refused("the other is gone", await candidates.get_candidate(client, candidate_id=twin), 404)
    moved = said("its application went along", await client.harvest_get_by_id("/applications", applied))
    said("to the one that is left", moved, moved["candidate_id"] == ada)
    said("a deletion", await candidates.delete_candidate(client, candidate_id=ada))
    refused("nobody is left", await candidates.get_candidate(client, candidate_id=ada), 404)


async def trouble(client):
    control("POST", "/misbehave", ["expired-token", "too-many=1,skip=1"])
    said("a token that ended is renewed", await jobs.list_jobs(client, per_page=1))
    said("a wait", await jobs.list_jobs(client, per_page=1))
    told = control("GET", "/counts")
    said("the client waited as it was told", told, told["too_many"] == 1)


async def main():
    token = SANDBOX["token"]
    client = GreenhouseClient(client_id=token["client_id"], client_secret=token["client_secret"], user_id=str(SANDBOX["users"]["site_admin"]))
    print("open-greenhouse-mcp")
    await lists(client)
    ada = await people(client, await pages(client))
    await merged(client, ada)
    await trouble(client)
    wrong = GreenhouseClient(client_id=token["client_id"], client_secret="wrong")
    refused("a wrong secret", await sources.list_sources(wrong), 401)


asyncio.run(main())
