# SPDX-License-Identifier: Apache-2.0
"""Which detector python-stdnum knows, and where the two differ on purpose."""

# detector: (module, shape of a value): 9 digit, A capital letter, ? either, else itself; '|' parts shapes
ORACLES = {
    # Europe
    "at.svnr": ("at.vnr", "9999010180|9999311299"), "at.tax_id": ("at.tin", "999999999"), "at.uid": ("at.uid", "U99999999"),
    "be.vat": ("be.vat", "0999999999"), "be.nn": ("be.nn", "85079999999"), "be.nn_2000": ("be.nn", "01020399999"),
    "bg.pnf": ("bg.pnf", "9999999999"), "bg.vat": ("bg.vat", "999999999"), "bg.egn": ("bg.egn", "7501019999|0542159999"),
    "ch.ahv": ("ch.ssn", "7569999999999"), "ch.uid": ("ch.uid", "CHE999999999"), "cy.vat": ("cy.vat", "09999999A|59999999A"),
    "cz.ico": ("cz.dic", "19999999|59999999"), "cz.rc": ("cz.rc", "7501019999|8556209999|9912319999"),
    "de.tax_id": ("de.idnr", "99999999999"), "de.vat": ("de.vat", "DE199999999|DE799999999"),
    "dk.cvr": ("dk.cvr", "19999999|69999999"), "ee.ik": ("ee.ik", "37605039999|48510259999"),
    "ee.kmkr": ("ee.kmkr", "999999999"), "ee.registrikood": ("ee.registrikood", "19999999|79999999|99999999"),
    "es.ccc": ("es.ccc", "99999999999999999999"), "es.cif": ("es.cif", "A99999999|B99999999|H99999999"),
    "es.cif_letter": ("es.cif", "Q9999999A|P9999999A|S9999999A"), "es.nie": ("es.nie", "X9999999A"),
    "es.nif": ("es.dni", "99999999A"), "fi.hetu": ("fi.hetu", "131052-999A"), "fi.hetu_2000": ("fi.hetu", "010203A999?"),
    "fi.ytunnus": ("fi.ytunnus", "9999999-9"), "fr.nir": ("fr.nir", "199079999999999|285012A99999999|285012B99999999"),
    "fr.siren": ("fr.siren", "999999999"), "fr.siret": ("fr.siret", "73282932099999|44030618899999"),
    "fr.tva": ("fr.tva", "FR99303265045|FR99732829320|FR99440306188"), "gb.nhs": ("gb.nhs", "9999999999"),
    "gb.utr": ("gb.utr", "9999999999"), "gb.upn": ("gb.upn", "A801999999999|A999200001001"),
    "gr.amka": ("gr.amka", "01013099999|31127899999"), "gr.vat": ("gr.vat", "999999999"),
    "hr.oib": ("hr.oib", "99999999999"), "ie.pps": ("ie.pps", "9999999A|9999999AA|9999999AH|9999999AW"),
    "is.kennitala": ("is_.kennitala", "1201759999|3112909999"), "it.cf": ("it.codicefiscale", "RCCMNL83S18D999A|AAAAAA99A15A999A"),
    "it.iva": ("it.iva", "00743110999|12345670999"), "jmbg": ("si.emso", "0101006509999|1512980509999"),
    "lt.asmens": ("lt.asmens", "33309249999|49001159999"), "lt.pvm": ("lt.pvm", "999999919"),
    "lu.tva": ("lu.tva", "99999999"), "lv.pk": ("lv.pvn", "16117519999"), "lv.pvn": ("lv.pvn", "49999999999|99999999999"),
    "md.idno": ("md.idno", "9999999999999"), "me.pib": ("me.pib", "99999999"), "mk.edb": ("mk.edb", "4999999999999"),
    "mt.vat": ("mt.vat", "19999999|59999999"), "nl.bsn": ("nl.bsn", "999999999"), "no.fnr": ("no.fodselsnummer", "15108699999|01019099999"),
    "no.kontonr": ("no.kontonr", "99999999999"), "no.orgnr": ("no.orgnr", "999999999"), "pl.nip": ("pl.nip", "9999999999"),
    "pl.pesel": ("pl.pesel", "99019999999"), "pl.regon": ("pl.regon", "999999999"), "pt.cc": ("pt.cc", "999999999AA9"),
    "pt.nif": ("pt.nif", "999999999"), "ro.cnp": ("ro.cnp", "1630615129999|2991231409999"),
    "ro.cui": ("ro.cui", "99999|999999|9999999|99999999|199999999|1999999999"), "rs.pib": ("rs.pib", "999999999"),
    "ru.inn": ("ru.inn", "999999999999"), "ru.inn_org": ("ru.inn", "9999999999"), "by.unp": ("by.unp", "199999999|299999999|799999999"),
    "se.orgnr": ("se.orgnr", "1999999999|5599999999"), "se.personnummer": ("se.personnummer", "8803209999|640823-9999"),
    "si.ddv": ("si.ddv", "19999999|59999999"), "sk.dph": ("sk.dph", "2022999999|4030000999"), "ua.rnokpp": ("ua.rntrc", "9999999999"),
    # Americas
    "ar.cbu": ("ar.cbu", "2850590940090418135201|9999999940090418135201|2859999040090418135299"), "ar.cuit": ("ar.cuit", "20999999999"),
    "br.cnpj": ("br.cnpj", "99999999000199"), "br.cpf": ("br.cpf", "99999999999"), "ca.bn": ("ca.bn", "999999999RC0001"),
    "ca.sin": ("ca.sin", "199999999"), "cl.rut": ("cl.rut", "199999999|99999999|9999999K|19999999K"), "co.nit": ("co.nit", "9999999999"),
    "do.cedula": ("do.cedula", "00113999999|22399999999"), "ec.ci": ("ec.ci", "1714999999|0914999999"),
    "ec.ruc": ("ec.ruc", "1714999999001"), "gt.nit": ("gt.nit", "99999|999999|9999999|99999999|9999999K"),
    "mx.curp": ("mx.curp", "BOXW310820HNERXN99"), "pe.ruc": ("pe.ruc", "20999999999|10999999999"),
    "py.ruc": ("py.ruc", "99999-9|999999-9|9999999-9|99999999-9"), "us.itin": ("us.itin", "999999999"),
    "us.ssn": ("us.ssn", "999-99-9999"), "uy.rut": ("uy.rut", "211999990019|041999990019"), "ve.rif": ("ve.rif", "V999999999|J999999999|G999999999"),
    # Asia
    "in.aadhaar": ("in_.aadhaar", "999999999999"), "in.gstin": ("in_.gstin", "27AAPFU9999F1Z?|05ABCPT9999Q1Z?"),
    "in.pan": ("in_.pan", "AAAPA9999A|AAACA9999A|AAAAA9999A"), "in.voter": ("in_.epic", "AAA9999999"),
    "id.npwp": ("id.npwp", "019999999508000|999999999999999"), "il.company": ("il.hp", "519999999|589999999"), "il.id": ("il.idnr", "999999999"),
    "jp.corporate": ("jp.cn", "9999999999999"), "sg.uen": ("sg.uen", "49999999A|59999999A"),
    "sg.uen_local": ("sg.uen", "200999999A|199999999A"), "sg.uen_other": ("sg.uen", "T08LL9999A|S99FC9999A"),
    "th.id": ("th.pin", "1999999999999"), "tr.id": ("tr.tckimlik", "99999999999"),
    # Africa, Oceania
    "gh.tin": ("gh.tin", "C009999999?|P009999999?"), "ma.ice": ("ma.ice", "001561191999999"), "mu.nid": ("mu.nid", "P150789305999?|A150789305999?"),
    "za.id": ("za.idnr", "7503305044999|9901012999089"), "za.tin": ("za.tin", "0999999999|9999999999"),
    "au.abn": ("au.abn", "99999999999"), "au.acn": ("au.acn", "999999999"), "au.tfn": ("au.tfn", "999999999"),
    "nz.ird": ("nz.ird", "99999999|109999999"),
    # elsewhere
    "cn.resident_id": ("cn.ric", "11010519491231999?|36042619910101999?"), "cn.uscc": ("cn.uscc", "91110000600037341?|91110000600037999?|9133010079965505??"),
    "device.imei": ("imei", "999999999999999"), "financial.iban": ("iban", "DE99370400449999999999|FR992004101005050001399999?9|NL99ABNA9999999999"),
    "crypto.bitcoin": ("bitcoin", "1NEDqZPvTWRaoho48qXuLLsrYomMXPABf?|3J98t1WpEZ73CNmQviecrnyiWrnqRhWN??"),
}
# Here stdnum also wants more than the check: a date of this century, one certain digit repeated, a letter for a form that is
# not given out. We accept all that it does, and some more.
WIDER = {
    "pl.pesel": "the month must exist", "de.tax_id": "one digit twice or three times in the first ten", "at.tax_id": "office codes",
    "at.svnr": "the day must exist", "be.nn": "the day may be unknown", "cz.rc": "the day must exist", "cz.ico": "the first digit is not 9",
    "de.vat": "the first digit is not 0", "ee.ik": "February 30", "lt.asmens": "February 30", "gr.amka": "February 29", "in.gstin": "PAN inside",
    "is.kennitala": "the century", "it.cf": "the day must exist", "bg.egn": "the day must exist", "se.personnummer": "the day must exist",
    "no.fnr": "the century of the serial number", "th.id": "", "gb.upn": "local authorities", "it.iva": "provinces", "pt.cc": "version letters",
    "sg.uen_local": "the year must have come", "fr.nir": "departments", "jmbg": "the day must exist", "fi.hetu": "the serial number 002-899",
    "nz.ird": "range", "us.itin": "", "ie.pps": "letters given out so far", "za.id": "citizenship digit", "sg.uen_other": "kinds of entity",
    "cn.resident_id": "counties of 1984", "ua.rnokpp": "", "us.ssn": "the numbers of a known advertisement",
    "fi.hetu_2000": "serial number 002-899",
}
# Here we want more than stdnum: the reason is what makes the detector ours.
NARROWER = {
    "ec.ci": "third digit below 6: persons only", "ec.ruc": "third digit below 6: persons only", "be.vat": "the letters or a leading 0 or 1",
    "sk.dph": "third digit of a VAT number", "ca.sin": "0 and 8 are not given out", "jmbg": "the year begins with 8, 9 or 0",
    "lv.pk": "personal codes only", "be.nn": "births before 2000; be.nn_2000 has the others", "be.nn_2000": "births since 2000",
    "cn.resident_id": "no year before 1900", "es.cif": "N has a letter at the end", "gt.nit": "six characters at least",
    "lv.pvn": "first digit of an organisation", "no.orgnr": "8 or 9 at the start", "py.ruc": "no 0 at the start",
    "sg.uen_local": "no year before 1900", "cn.uscc": "the organisation code inside is checked too", "us.ssn": "sequences are refused",
    "in.pan": "", "ru.inn": "", "cz.rc": "months 1-12, 21-32, 51-62, 71-82", "it.cf": "days 1-31 and 41-71", "mx.curp": "",
}
