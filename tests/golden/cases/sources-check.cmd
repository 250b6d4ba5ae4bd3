mkdir evidence && printf 'contract' >evidence/c.txt && printf 'plain' >evidence/p.txt
cat >decl.json <<'J'
{"scope": {"service": "public", "purpose": "commercial", "markets": ["CN"], "stage": "pre-training", "processing_countries": ["CN"]},
 "sources": [
  {"source": {"version": "1.0.0", "title": "News\u001b[31m", "id": "news", "issuer": [{"name": "Example Press"}], "description": "d"},
   "provenance": {"origin-geography": [{"country": "CN"}], "date": "2025-01-01", "generation-method": [{"code": "other-na"}]},
   "use": {"intended-purpose": [{"code": "ai-pre-training", "description": "d"}]},
   "provscan": {"match": ["news/**"], "kind": "commercial", "evidence": [
     {"type": "contract", "path": "evidence/c.txt", "sha256": "f7b3b96ce05f5bd36f16e62dd9db9bea6a50d43b1dba3ec1c0ec0a4e05ea44ee",
      "reviewed_by": "A. Lawyer", "reviewed_at": "2025-06-02", "valid_from": "2025-01-01", "valid_to": "2025-05-31"},
     {"type": "license", "path": "evidence/p.txt", "reviewed_by": "A. Lawyer", "reviewed_at": "2025-06-02"},
     {"type": "robots", "path": "evidence/none.txt"}, {"type": "pia", "path": "../pia.pdf", "reviewed_by": "A", "reviewed_at": "2025-06-02"}]}},
  {"source": {"id": "bare"}, "provscan": {"match": []}}]}
J
provscan sources check decl.json --as-of 2025-06-01
echo "exit $?"
printf '[{"provscan": {"match": ["**"], "kinds": "open"}}]' >wrong.json
provscan sources check wrong.json
echo "exit $?"
printf '{"scope": {"service": "public", "purpose": "commercial", "markets": ["CN"], "stage": "pre-training", "processing_countries": ["CN"]}, "sources": []}' >good.json
provscan sources check good.json
echo "exit $?"
