"""The words and patterns that the reply checks look for, in several languages.

Every pattern is bounded, so that no text, however made, takes more than time in proportion to its length.
"""

from __future__ import annotations

import re
from typing import Final

QUOTE_BEGINS: Final = re.compile(
    r"\s{0,3}(?:-{3,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original"
    r"|Forwarded"
    r" message|原始邮件) ?-{3,}\s*$"
    r"|(?:On|Am|Le|El) .{6,200}(?:wrote|schrieb.{0,100}|a écrit ?|escribió):\s*$"
    r"|.{0,60}\d{4}年\d{1,2}月\d{1,2}日.{0,100}写道[：:]\s*$)",
    re.IGNORECASE,
)
"""A line after which nothing but the quoted message comes."""

PLACEHOLDER: Final = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\{%[^{}\n]{0,80}%\}"
    r"|\[[^\[\]\n]{2,40}\]"
    r"|<[^\W\d_][\w '’-]{1,40}>"
    r"|(?<![\w*])[Xx]{3,}(?![\w*])"
    r"|%[A-Z][A-Z_]{2,30}%"
    r"|(?<!\w)(?:TODO|FIXME|TBD)(?!\w)"
)

HINTS: Final = frozenset(
    "name names vorname nachname nom prénom nombre apellido 姓名 名字 客户 客户姓名 订单号 日期 金额"
    " firstname lastname"
    " first_name last_name surname number nummer numéro número order bestellnummer bestellung commande"
    " pedido date datum fecha amount betrag montant importe customer kunde kundin client cliente product"
    " produkt produit producto insert einfügen insérer insertar your ihr ihre dein votre su email e mail"
    " address adresse dirección agent company firma entreprise empresa fill placeholder platzhalter"
    " xx xxx ticket invoice rechnung facture factura price preis prix precio url link".split()
) - {"e", "su"}
"""Words that a gap to be filled in is named with."""

NO_PLACEHOLDERS: Final = frozenset(
    "ext external extern spam urgent internal intern faq pdf png jpg csv api vip wip rma sla usb gps sms pin"
    " iban bic tan esc enter tab shift ctrl alt del delete home end space ok yes no on off fwd re aw wg sic"
    " bug test".split()
)
"""Shouted words in brackets that are no gaps: subject marks, keys, abbreviations."""

HTML_TAGS: Final = frozenset(
    "b i u a p br hr em strong code pre div span li ul ol table tr td th img".split()
)

_ATTACHED_BY_LANGUAGE = (
    # English
    r"\b(?:I(?:'|’)?(?:ve| have| am|'m|’m)? (?:also |just |now )?(?:attach(?:ed|ing)?|enclos(?:ed?|ing))\b"
    r"|we(?:'|’)?(?:ve| have)? attach(?:ed)?\b"
    r"|(?:please )?(?:find|see|check|open|review|use) (?:the |my |our )?(?:attached|attachments?|enclosed)\b"
    r"|(?:is|are) (?:also )?attached\b|(?:in|with|as|to) (?:the|an|this) (?:attachment|attached)\b"
    r"|attached (?:is|are|you|please|here|herewith|below|to this|the|a|an)\b"
    r"|the attached (?:file|document|form|pdf|letter|label|invoice|guide|screenshot|picture|image)s?\b"
    r"|enclosed (?:is|are|you|please)\b|(?:I'm|I am|we are|we're) attaching\b)"
    # German
    r"|\bim Anhang\b|\banbei\b|\bals Anhang\b|\bin der Anlage\b|\bim angehängten\b"
    r"|\b(?:habe|haben) (?:ich |wir )?(?:\w+ ){0,6}(?:angehängt|beigefügt)\b|\bhänge ich\b"
    # French
    r"|\bci-joint(?:e|s|es)?\b|\ben pièces? jointes?\b|\bje (?:vous |te )?joins\b|\bj['’]ai joint\b"
    # Spanish, Portuguese, Italian, Dutch
    r"|\b(?:le|te|les|os) adjunt(?:o|amos)\b|\badjunt(?:o|amos) (?:el|la|los|las|un|una|encontrará)\b"
    r"|\bhe adjuntado\b|\ben (?:el )?(?:archivo )?adjunto\b|\bem anexo\b|\bin allegato\b|\bin de bijlage\b"
    # Chinese
    r"|随信附上|见附件|附件(?:是|为|中|里)|(?:请)?查收附件|已附上|附上了"
)
ATTACHED: Final = re.compile(_ATTACHED_BY_LANGUAGE, re.IGNORECASE)

THEIR_ATTACHMENT: Final = re.compile(
    r"\byou(?:'|’)?(?:ve|r| have| had| just)? (?:also |just |already )?(?:attached|enclosed|sent|attachment)"
    r"|\byour (?:attached|attachments?|message|mail|e-mail|email|request)\b"
    r"|\b(?:please|could you|can you|would you|kindly) (?:also )?(?:re-?)?attach\b"
    r"|\b(?:is|are|was|were) (?:not|no longer) attached|n['’]t attached|\bno attachment|\bwithout (?:an "
    r"|the )?attach"
    r"|\b(?:if|when|once|whether|after|unless) "
    r"|\bI (?:can ?not|can't|cannot|could not|couldn't) (?:find|see|open)\b"
    r"|\b(?:Ihre[mnrs]?|Ihr|dein(?:e[mnrs]?)?|eure[mnrs]?) (?:Anhang|Anlage|Nachricht|Mail|E-Mail)"
    r"|\b(?:Sie|du|ihr) (?:\w+ ){0,6}(?:angehängt|beigefügt|geschickt)|\b(?:angehängt|beigefügt)"
    r" (?:hatten|haben|hast)\b"
    r"|\b(?:fehlt|kein(?:en)? Anhang|ohne Anhang)\b|\bwenn\b"
    r"|\bvo(?:tre|s) (?:message|pièces?)|\bvous (?:nous )?(?:avez|aviez)|\bveuillez joindre|\bsi vous\b"
    r"|\b(?:su|tu|sus|tus) (?:archivo|adjunto|mensaje|correo)|\b(?:ha|has) adjuntado|\badjunte\b"
    r"|[您你](?:的(?:附件|截图|文件|图片|照片|来信)|发|随|附|提供)|请[您你]?(?:附上|随信)|没有附件|未见附件",
    re.IGNORECASE,
)
"""What makes a sentence about a file of theirs, or about one that is only spoken of."""

LONG_NUMBER: Final = re.compile(r"(?<![\d.,])\d(?:[ \u00a0-]?\d){12,18}(?![ -]?\d)(?![.,]\d|\w)")
CARD_SCHEMES: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}"
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}|(?:50|5[6-9]|6[37])\d{11,17}"
)
"""First digits and lengths of the card schemes; telephones' IMEI numbers, which also check, are none."""
IBAN_HEAD: Final = re.compile(r"(?<!\w)[A-Z]{2} ?\d{0,2} ?$")

_LABELS = (
    r"(?:pass ?wor[dt]|passwort|kennwort|mot de passe|contraseña|parola|senha|wachtwoord|passcode"
    r"|passphrase|密码|口令"
    r"|api[ _-]?key|api[ _-]?token|access[ _-]?token|secret(?:[ _-]?key)?|auth[ _-]?token"
    r"|client[ _-]?secret|token)"
)
SECRETS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----")),
    (
        "an access key",
        re.compile(
            r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,255}\b"
            r"|\bgithub_pat_[A-Za-z0-9_]{22,255}"
            r"|\bglpat-[A-Za-z0-9_-]{20,64}|\bxox[abeoprs]-[A-Za-z0-9-]{10,255}"
            r"|\b[srp]k_live_[A-Za-z0-9]{16,255}"
            r"|\bsk-(?:[a-z]{2,8}-){0,2}[A-Za-z0-9_-]{20,255}|\bAIza[0-9A-Za-z_-]{35}\b"
            r"|\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}|\bya29\.[A-Za-z0-9_-]{20,255}"
        ),
    ),
    (
        "a login token",
        re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{5,1000}"),
    ),
    ("a login token", re.compile(r"\b(?:Bearer|Basic) (?P<value>[A-Za-z0-9+/_.=-]{16,1000})")),
    ("a password within a link", re.compile(r"\b[a-z]{3,8}://[^\s/:@]{1,64}:[^\s/@]{1,128}@[^\s/]{1,100}")),
    (
        "a password or key",
        re.compile(
            rf"(?<!\w){_LABELS}(?: is| ist| lautet| est| es|是|为)?\s{{0,3}}[:=：]\s{{0,3}}"
            r"[\"'“„«`]?(?P<value>[^\s\"'”“«»`]{4,200})(?P<alone>[\"'”»`]?[.!]?\s{0,3}(?=\n|$))?",
            re.IGNORECASE,
        ),
    ),
    (
        "a password or key",
        re.compile(
            rf"(?<!\w){_LABELS} (?:is|ist|lautet|est|es) [\"'“„«`]?"
            r"(?P<value>(?=[^\s\"']{0,60}\d)(?=[^\s\"']{0,60}[A-Za-z])[^\s\"'”“«»`]{6,200})",
            re.IGNORECASE,
        ),
    ),
)
NO_SECRETS: Final = frozenset(
    "required forgotten forgot reset changed unknown incorrect invalid wrong expired missing empty none"
    " optional"
    " hidden removed secret private never always please yours vergessen zurücksetzen geändert ungültig falsch"
    " erforderlich oublié requis olvidada obligatoria password passwort settings security"
    " authentication".split()
)
MASKED: Final = re.compile(r"[*•.xX_…#-]{3,200}")

ODD_LINK: Final = re.compile(
    r"(?<![\w.+-])(?!https?://)[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"]{1,300}"
    r"|(?<![\w.+-])(?:javascript|vbscript|data|file|htpp|htttps?|hptts?|http|https)(?::(?!//)"
    r"|//)[^\s<>\"]{2,300}"
    r"|(?<!\S)\\\\[A-Za-z0-9._-]{1,60}\\[^\s<>\"]{1,200}"
    r"|\]\((?!https?://|mailto:|tel:)[^\s()]{1,300}\)",
    re.IGNORECASE,
)
"""Addresses that are none of the web's, and slips of the pen in those that should be."""
