"""HrFlow's own SDK, unchanged: a source's profiles page by page, one profile, its attachments, and one that is not there.

Usage: hrflow_sdk.py ADDRESSES.json, with HTTPS_PROXY and REQUESTS_CA_BUNDLE set.
"""

import json
import sys

from hrflow import Hrflow

with open(sys.argv[1], encoding="utf-8") as told:
    SANDBOX = json.load(told)["hrflow"]


def said(name, good, what=""):
    if not good:
        sys.exit(f"  {name}: not as expected: {json.dumps(what)[:600]}")
    print(f"  {name}")


def main():
    print("hrflow")
    client = Hrflow(api_secret=SANDBOX["api_key"], api_user=SANDBOX["user_email"])
    source = "abababababababababababababababababababab"
    first = client.profile.storing.list(source_keys=[source], limit=5, page=1, order_by="desc", sort_by="updated_at", return_profile=True)
    said("a page of profiles", first["code"] == 200 and len(first["data"]) == 5 and first["meta"]["page"] == 1, first)
    keys = []
    for page in range(1, first["meta"]["maxPage"] + 1):
        told = client.profile.storing.list(source_keys=[source], limit=5, page=page, order_by="desc", sort_by="updated_at", return_profile=True)
        keys += [profile["key"] for profile in told["data"]]
    said("all pages, every profile once", len(keys) == len(set(keys)) == first["meta"]["total"], keys)
    one = client.profile.storing.get(source_key=source, key=keys[0])
    said("one profile", one["code"] == 200 and one["data"]["key"] == keys[0], one)
    attachments = client.profile.attachment.list(source_key=source, key=keys[0])
    said("its attachments", attachments["code"] == 200 and isinstance(attachments["data"], list), attachments)
    none = client.profile.storing.get(source_key=source, key="0" * 40)
    said("one that is not there", none["code"] == 400 and "Unable to find object" in none["message"], none)
    wrong = Hrflow(api_secret="ask_" + "0" * 32, api_user=SANDBOX["user_email"]).profile.storing.get(source_key=source, key=keys[0])
    said("a wrong key", wrong["code"] == 401, wrong)


main()
