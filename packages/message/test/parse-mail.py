"""Parses messages with Python's email package, a second opinion on what the composer wrote.

Reads a JSON array of base64 messages, writes a JSON array of what email.parser found in each.
"""
import base64
import email
import email.policy
import json
import sys

found = []
for encoded in json.load(sys.stdin):
    message = email.message_from_bytes(base64.b64decode(encoded), policy=email.policy.SMTP)
    leaves = []
    defects = [str(defect) for defect in message.defects]
    for part in message.walk():
        defects += [str(defect) for defect in part.defects]
        defects += [str(defect) for value in part.values() for defect in getattr(value, "defects", [])]
        if part.is_multipart():
            continue
        content = part.get_content()
        leaves.append({
            "type": part.get_content_type(),
            "disposition": part.get_content_disposition(),
            "filename": part.get_filename(),
            "contentId": part["content-id"],
            "text": content if isinstance(content, str) else None,
            "base64": base64.b64encode(content).decode() if isinstance(content, bytes) else None,
        })
    found.append({
        "type": message.get_content_type(),
        "structure": [part.get_content_type() for part in message.walk()],
        "subject": message["subject"],
        "from": [{"name": a.display_name, "address": a.addr_spec} for a in message["from"].addresses],
        "to": [{"name": a.display_name, "address": a.addr_spec} for a in message["to"].addresses],
        "leaves": leaves,
        "defects": defects,
    })
json.dump(found, sys.stdout)
