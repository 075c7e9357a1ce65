"""Words of events in other languages than English, as far as a paragraph that recurs is told by them; data.

No event is read out of such a paragraph: that it ends each post says that it advertises one.
"""

from __future__ import annotations

from typing import Final

#: Kinds of event, each with what may stand before or behind it in one word.
KINDS: Final = (
    # Welsh, with the letters that change at its beginning
    r"(?:uwch)?[cg]?h?ynhadledd(?:au)?|g?weithdy|g?weminar(?:au)?|dd?igwyddiad(?:au)?|[cg]yngerdd|dd?arlith(?:oedd)?"
    r"|fforwm|g?ŵyl|seminarau"
    # Irish, Scottish Gaelic
    r"|ch?omhdháil|seimineár|ch?eardlann|co-labhairt|bùth-obrach|fèis|féile"
    # German, of which the last part of a long word tells
    r"|\w{0,30}(?:tagung|konferenz|kongress|veranstaltung|vortrag|seminar|workshop|webinar|symposium|messe|konzert"
    r"|ausstellung|lesung|gipfel|fachtag)(?:e[ns]?)?"
    # French
    r"|(?:colloque|conférence|congrès|séminaire|atelier|webinaire|rencontre|journées? d[’'](?:étude|information)"
    r"|table ronde|assemblée générale|concert|exposition|salon|sommet)s?"
    # Spanish, Portuguese, Italian, Catalan
    r"|(?:jornada|congress?o|conferencia|conferência|seminari[oi]?|seminário|taller|encuentro|encontro|oficina|foro"
    r"|concierto|concerto|feria|charla|webinario|convegn[oi]|conferenza|incontro|fiera|cumbre|cimeira|vertice)s?"
    # Dutch
    r"|\w{0,30}(?:congres|bijeenkomst|conferentie|lezing|studiedag|themadag|netwerkborrel|beurs)(?:sen|en)?"
    # Danish, Norwegian, Swedish
    r"|(?:konferens|konferanse|konference|årsmøde|årsmøte|årsmöte|seminarium|foredrag|kursusdag|temadag)(?:en|er|et)?"
    # Polish, Czech
    r"|konferencj[aęi]|szkolenie|warsztaty|seminář"
)

_MONTHS: Final = (
    r"(?:ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|hydref|tachwedd|rhagfyr"
    r"|januari?|jänner|februari?|märz|maart|april|juni|juli|augustus|august|september|oktober|november|dezember|december"
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    r"|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre)"
)
#: A day: "14. März", "14 de marzo", "1er mars".
DAYS: Final = rf"[0-3]?[0-9](?:\.|er|º|ain|eg|fed|af)? ?(?:de |o )?{_MONTHS}"
