#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks of detectors against python-stdnum: thousands of generated values for each, of which both must think the
# same. Values are random, with the last digits run through, so that many are right. What we refuse on purpose
# (few different digits) is left out. SIN numbers that begin with 0 are not given out; stdnum accepts them.
set -euo pipefail
program=$1 source=$2
python3=/usr/bin/python3
"$python3" -c 'import stdnum' || { echo "python3-stdnum is missing (it is in .ci/packages)"; exit 1; }
PROGRAM=$program POLICIES=$source/policies "$python3" - <<'PYTHON'
import importlib, os, random, subprocess, sys

# detector: (module, shape of a value: 9 digit, A capital letter, else itself)
ORACLES = {
    "br.cpf": ("br.cpf", "99999999999"),
    "br.cnpj": ("br.cnpj", "99999999000199"), "ar.cuit": ("ar.cuit", "20999999999"),
    "cl.rut": ("cl.rut", "199999999"), "co.nit": ("co.nit", "9999999999"), "ca.sin": ("ca.sin", "199999999"),
    "gb.nhs": ("gb.nhs", "9999999999"), "de.tax_id": ("de.idnr", "99999999999"),
    "fr.nir": ("fr.nir", "199079999999999"), "es.nif": ("es.dni", "99999999A"),
    "es.nie": ("es.nie", "X9999999A"), "nl.bsn": ("nl.bsn", "999999999"), "pl.pesel": ("pl.pesel", "99019999999"),
    "pl.nip": ("pl.nip", "9999999999"), "ch.ahv": ("ch.ssn", "7569999999999"), "pt.nif": ("pt.nif", "999999999"),
    "hr.oib": ("hr.oib", "99999999999"), "tr.id": ("tr.tckimlik", "99999999999"),
    "ru.inn": ("ru.inn", "999999999999"), "in.aadhaar": ("in_.aadhaar", "999999999999"),
    "au.tfn": ("au.tfn", "999999999"), "au.abn": ("au.abn", "99999999999"), "th.id": ("th.pin", "9999999999999"),
    "il.id": ("il.idnr", "999999999"), "financial.iban": ("iban", "DE99370400449999999999"),
    "device.imei": ("imei", "999999999999999"),
}
# Here stdnum also wants a real date, or one certain digit repeated: we accept all that it does, and some more.
WIDER = {"pl.pesel", "de.tax_id"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

def build(shape, rng):
    return "".join(rng.choice("0123456789") if c == "9" else rng.choice(LETTERS) if c == "A" else c for c in shape)

def variants(value, shape):
    for a in LETTERS + "0123456789" if shape[-1] == "A" else "0123456789":
        yield value[:-1] + a
        if shape[-2:] == "99":
            for b in "0123456789":
                yield value[:-2] + b + a

failed = 0
for name, (module_name, shape) in sorted(ORACLES.items()):
    module = importlib.import_module("stdnum." + module_name)
    rng, values = random.Random(name), []
    while len(values) < 6000:
        values += [v for v in variants(build(shape, rng), shape) if len(set(v)) > 5]
    run = subprocess.run([os.environ["PROGRAM"], "policy", "try", name, "--policies", os.environ["POLICIES"]],
                         input="\n".join(values) + "\n", capture_output=True, text=True)
    ours = run.stdout.split()
    if run.returncode != 0 or len(ours) != len(values):
        print(name, "no answer:", run.stderr)
        failed += 1
        continue
    right = wrong = 0
    for value, answer in zip(values, ours):
        theirs = module.is_valid(value)
        right += theirs
        if (answer == "yes") != theirs and not (name in WIDER and not theirs):
            wrong += 1
            if wrong <= 3:
                print(f"  {name}: {value}: we say {answer}, stdnum says {theirs}")
    print(f"{name}: {len(values)} values, {right} right, {wrong} differ")
    failed += wrong > 0 or right == 0
sys.exit(1 if failed else 0)
PYTHON
echo "all detectors agree with python-stdnum"
