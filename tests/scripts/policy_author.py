# SPDX-License-Identifier: Apache-2.0
"""
The company of policy_author.sh, which is invented.

    policy_author.py write POLICIES                  its pack and its detector
    policy_author.py judged MANIFEST                 what a judgement under it says
    policy_author.py mistakes PROVSCAN POLICIES      twenty mistakes, one at a time, and what `policy check` says
"""
import copy
import json
import subprocess
import sys


def both(en, zh="…"):
    return {"en": en, "zh": zh}


def pack():
    cite = [{"law": "House rules", "article": "3", "in_force": "2026-01-01"}]
    return {
        "format": "provscan-pack-1", "id": "acme", "version": "1", "title": both("Acme"), "description": both("Rules of Acme."),
        "laws": {"House rules": both("Rules of Acme")},
        "extends": ["cn-genai"],
        "parameters": {"badges_max": {"value": 0, "tighter": "lower", "title": both("badges")}},
        "set": {"cn-genai.illegal_share_max": {"value": 0.03, "reason": both("we are stricter")},
                "cn-content.manual_reading": {"value": "confidence", "reason": both("we want it of the whole")}},
        "overrides": [{"rule": "cn.ip.responsible", "verdict": "deny", "reason": both("our counsel asks for it")}],
        "rules": [{
            "id": "acme.badge", "level": "source", "fails_when": "personal > :badges_max", "shown_by": "personal > 0",
            "verdict": "deny", "basis": "primary", "cite": cite, "title": both("No badges"), "reason": both("A badge was found."),
            "remedy": both("Remove it."),
            "examples": [{"facts": {"personal": 1}, "expect": "deny"}, {"facts": {"personal": 0}, "expect": "conform"},
                         {"facts": {}, "expect": "undetermined"}]}]}


def detectors():
    return {
        "provscan": "detectors", "version": 1, "family": "acme", "title": both("Acme"),
        "detectors": [{
            "id": "acme.badge", "title": both("Badge of Acme"), "class": "person", "severity": "high", "source": "House rules, 3",
            "match": {"patterns": ["ACME-\\d{6}"]}, "boundary": "word", "score": {"base": 4},
            "examples": ["badge ACME-123456"], "counter_examples": ["ACME-12345", "XACME-123456"]}]}


def write(policies, the_pack, the_detectors):
    for folder, content in (("packs", the_pack), ("detectors", the_detectors)):
        with open(f"{policies}/{folder}/acme.json", "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1))


def judged(path):
    manifest = json.load(open(path, encoding="utf-8"))
    results = {r["rule"]: r for r in manifest["results"]}
    assert results["acme.badge"]["conformity"] == "not_conform" and results["acme.badge"]["verdict"] == "deny"
    assert results["acme.badge"]["evidence"][0]["locator"] == "a.txt"
    changed = results["cn.ip.responsible"]
    assert (changed["verdict_if_failed"], changed["verdict_declared"], changed["verdict_set_by"]) == ("deny", "review", "acme")
    assert changed["verdict_change"]["reason_en"] == "our counsel asks for it", "both verdicts are kept, with the reason"
    parameters = {(p["pack"], p["name"]): p for p in manifest["judged_by"]["parameters"]}
    share = parameters["cn-genai", "illegal_share_max"]
    assert (share["value"], share["declared"], share["set_by"]) == (0.03, 0.05, "acme")
    assert share["change"]["reason_en"] == "we are stricter"
    assert parameters["cn-content", "manual_reading"]["value"] == "confidence"


def mistakes():
    """(what is done to pack and detectors, words that must be said: file, place, reason)"""
    def on_pack(change):
        def run(the_pack, the_detectors):
            change(the_pack)
            return the_pack, the_detectors
        return run

    def on_detector(change):
        def run(the_pack, the_detectors):
            change(the_detectors["detectors"][0])
            return the_pack, the_detectors
        return run

    def rule(key, value):
        return on_pack(lambda p: p["rules"][0].__setitem__(key, value))

    def setting(name, value):
        return on_pack(lambda p: p["set"].__setitem__(name, value))

    override = {"rule": "cn.src.self.collection", "verdict": "review", "reason": both("easier")}
    yield on_pack(lambda p: p["rules"][0].__setitem__("verdikt", "deny")), ("packs/acme.json:", "rules[0]", "unknown key 'verdikt'")
    yield on_pack(lambda p: p["rules"][0].pop("remedy")), ("packs/acme.json:", "rules[0]", "'remedy' is missing")
    yield on_pack(lambda p: p["rules"][0]["title"].pop("zh")), ("packs/acme.json:", "rules[0].title", "'zh' is missing")
    yield rule("fails_when", "persnal > 0"), ("packs/acme.json:", "rules[0].fails_when", "'persnal'")
    yield rule("fails_when", "personal > :badges_maxx"), ("packs/acme.json:", "rules[0].fails_when", ":badges_maxx")
    yield rule("fails_when", "personal > 0 OR"), ("packs/acme.json:", "rules[0].fails_when", "syntax")
    yield rule("fails_when", "personal > (SELECT 1)"), ("packs/acme.json:", "rules[0].fails_when", "SELECT")
    yield rule("fails_when", "coalesce(personal, 0) > 0"), ("packs/acme.json:", "rules[0].examples[2]", "comes out as conform")
    yield rule("examples", pack()["rules"][0]["examples"][:2]), ("packs/acme.json:", "rules[0].examples", "where facts are missing")
    yield rule("basis", "memory"), ("packs/acme.json:", "rules[0].verdict", "memory cannot deny")
    yield on_pack(lambda p: p["rules"][0]["cite"][0].__setitem__("law", "PIPL")), ("packs/acme.json:", "rules[0].cite[0].law", "not in the pack's laws")
    yield on_pack(lambda p: p["rules"][0]["cite"][0].__setitem__("in_force", "2026-02-30")), ("packs/acme.json:", "in_force", "no day")
    yield rule("id", "core.secret"), ("packs/acme.json:", "rules[0]", "taken by a rule of")
    yield setting("cn-genai.illegal_share_max", {"value": 0.06, "reason": both("easier")}), ("packs/acme.json:", "set", "loosens 'illegal_share_max'")
    yield setting("cn-genai.illegal_shares", {"value": 0.03, "reason": both("r")}), ("packs/acme.json:", "set", "no parameter 'illegal_shares'")
    yield setting("cn-content.manual_reading", {"value": "generous", "reason": both("r")}), ("packs/acme.json:", "set", "none of the choices")
    yield on_pack(lambda p: p["overrides"].append(override)), ("packs/acme.json:", "overrides[1]", "loosens 'cn.src.self.collection'")
    yield on_pack(lambda p: p["overrides"].append({"rule": "cn.src.blocked", "verdict": "deny", "reason": both("r")})), \
        ("packs/acme.json:", "overrides[1]", "rests on memory")
    yield on_pack(lambda p: p["extends"].append("cn-genia")), ("packs/acme.json", "extends", "cn-genia")
    yield on_detector(lambda d: d["match"].__setitem__("patterns", ["ACME-\\d{6"])), ("detectors/acme.json:", "detectors[0].match.patterns[0]", "makes no sense")
    yield on_detector(lambda d: d["examples"].append("badge ACME-12345")), ("detectors/acme.json", "acme.badge", "example")


def run_mistakes(provscan, policies):
    count = 0
    for change, words in mistakes():
        write(policies, *change(pack(), detectors()))
        what = policies if words[0].startswith("detectors") else f"{policies}/packs/acme.json"
        done = subprocess.run([provscan, "policy", "check", what, "--policies", policies], capture_output=True, text=True, timeout=60)
        assert done.returncode == 4, (words, done)
        said = [line for line in done.stderr.splitlines() if "acme.json" in line]
        assert any(all(word in line for word in words) for line in said), (words, done.stderr)
        count += 1
    assert count >= 20, count
    write(policies, pack(), detectors())
    assert subprocess.run([provscan, "policy", "check", policies], capture_output=True, timeout=60).returncode == 0


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[0] == "write":
        write(words[1], pack(), detectors())
    elif words[0] == "judged":
        judged(words[1])
    else:
        run_mistakes(words[1], words[2])
