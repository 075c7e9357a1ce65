"""What boxes and lines around a text say of themselves, in the languages that blogs are met in; data.

Law: each pattern wants the whole of a short line, so that a sentence that begins alike is the author's.
"""

from __future__ import annotations

import re

from solacefeed.text.tree import names


def _whole(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(alternatives)})", re.IGNORECASE)


#: No line that is longer says only what stands below.
LONGEST = 160
#: Nor is a sentence that leads to a form longer.
LONGEST_INVITATION = 200

CONTENTS = _whole(
    r"(?:table of )?contents?", r"(?:in|on) this (?:article|post|page|blog|piece|report|guide)", r"page contents?",
    r"(?:quick |page )?(?:navigation|links)", r"jump (?:to|ahead)(?: (?:a )?section)?", r"skip to(?: section)?",
    r"overview", r"what(?:’|')?s (?:inside|in this (?:post|article))",
    r"(?:article|post) (?:contents?|outline|sections)",
    r"inhalt(?:sverzeichnis|sübersicht)?", r"(?:in diesem (?:artikel|beitrag))", r"auf dieser seite",
    r"sommaire", r"table des matières", r"dans cet article", r"au sommaire",
    r"índice(?: de contenidos)?", r"(?:tabla de )?contenidos?", r"en este artículo", r"neste artigo", r"conteúdos?",
    r"indice(?: dei contenuti)?", r"contenuti", r"in questo articolo", r"inhoud(?:sopgave)?", r"in dit artikel",
    r"cynnwys", r"yn (?:yr erthygl|y dudalen) hon", r"clàr[- ]innse", r"clár(?: ábhair)?", r"innehåll(?:sförteckning)?",
    r"indhold(?:sfortegnelse)?", r"innhold(?:sfortegnelse)?", r"sisällys(?:luettelo)?", r"spis treści", r"obsah",
    r"cuprins", r"tartalom(?:jegyzék)?", r"περιεχόμενα", r"содержание", r"зміст", r"目次", r"目录", r"目錄", r"목차",
    r"المحتويات", r"תוכן(?: עניינים)?", r"içindekiler",
)  # fmt: skip

RELATED = _whole(
    r"related(?: (?:posts?|articles?|stories|content|news|items|entries|topics|blogs?))?",
    r"similar (?:posts|articles|stories)",
    r"you (?:may|might|could|(?:wi|’|')ll)(?: also)? (?:like|enjoy|be interested in)"
    r"(?: these| this)?(?: (?:posts|articles|too))?",
    r"(?:also|more) (?:from|in|on|by) (?:this |the |our )?[\w’' -]{1,40}",
    r"(?:read|see|up) next", r"(?:also read|read also|read more(?: about (?:this|it))?)",
    r"also on (?:this blog|[\w. -]{1,40})",
    r"more (?:posts|stories|articles|like this|to explore)", r"recommended(?: (?:for you|posts|articles|stories))?",
    r"(?:recent|latest|popular|trending|other|previous|featured) (?:posts|articles|stories|blogs)", r"keep reading",
    r"don(?:’|')t miss(?: these)?", r"(?:top|most read) (?:posts|stories|articles)", r"from the (?:blog|web|archives?)",
    r"ähnliche (?:beiträge|artikel)", r"(?:das )?könnte (?:dich|sie|ihnen|dir)(?: auch)? (?:interessieren|gefallen)",
    r"das könnte (?:dich|sie|ihnen|dir)(?: auch)? (?:interessieren|gefallen)", r"verwandte (?:beiträge|artikel)",
    r"weitere (?:beiträge|artikel)", r"mehr zum thema", r"lesen sie auch", r"passend dazu",
    r"(?:articles?|billets?|contenus?) (?:similaires?|liés?|connexes?|associés?)",
    r"(?:à lire|lire) (?:aussi|également)",
    r"(?:vous|tu) (?:aimerez|pourriez|pourrais|aimeras)(?: (?:aussi|peut-être|également))*(?: aimer| apprécier)?"
    r"(?: (?:aussi|également))?", r"sur le même sujet", r"dans le même thème",
    r"(?:entradas|artículos|noticias|publicaciones) (?:relacionad[ao]s|similares)", r"(?:también )?te puede interesar",
    r"te puede(?:n)?(?: también)? (?:interesar|gustar)", r"(?:posts?|artigos|notícias) relacionad[ao]s", r"leia também",
    r"veja também", r"você (?:também )?pode gostar", r"(?:articoli|post) (?:correlati|simili)", r"leggi anche",
    r"potrebbe(?: anche)? (?:interessarti|piacerti)(?: anche)?", r"ti potrebbe(?: anche)? interessare",
    r"gerelateerde (?:berichten|artikelen|posts)", r"lees ook", r"(?:misschien vind je )?dit ook (?:leuk|interessant)",
    r"(?:erthyglau|postiadau|blogiau|straeon) (?:cysylltiedig|tebyg|perthnasol)",
    r"efallai (?:y byddwch )?hefyd.{0,20}",
    r"darllen(?:wch)? (?:mwy|hefyd|nesaf)", r"(?:postaichean|artaigealan) co-cheangailte", r"poist ghaolmhara",
    r"relaterade (?:inlägg|artiklar)", r"läs (?:också|även|mer)", r"relaterede (?:indlæg|artikler)", r"læs også",
    r"relaterte (?:innlegg|artikler)", r"les også", r"aiheeseen liittyvää", r"lue myös",
    r"(?:powiązane|podobne)(?: (?:wpisy|artykuły|posty))?", r"(?:czytaj|przeczytaj|zobacz) (?:też|także|również)",
    r"související (?:články|příspěvky)", r"articole (?:similare|asemănătoare)",
    r"kapcsolódó(?: (?:bejegyzések|cikkek))?",
    r"σχετικά(?: (?:άρθρα|κείμενα))?", r"(?:похожие|связанные) (?:записи|статьи|посты)", r"читайте также",
    r"схожі (?:записи|статті)", r"関連(?:記事|投稿)", r"あわせて読みたい", r"相关(?:文章|阅读)", r"相關(?:文章|閱讀)",
    r"관련 ?(?:글|기사)", r"(?:مقالات|مواضيع) (?:ذات صلة|مشابهة)", r"(?:פוסטים|מאמרים) (?:קשורים|נוספים)",
    r"benzer (?:yazılar|gönderiler)", r"ilgili (?:yazılar|gönderiler)",
)  # fmt: skip

#: Of a few words beside links to networks; the names of networks are those of ``NETWORK``.
SHARING = _whole(
    r"(?:(?:please )?(?:share|spread|tweet|pin|like|follow|connect|join|find|subscribe|teilen|folgen?|partager?|suivez"
    r"|suivre|compart(?:e|ir|ilhe|ilhar)|síguenos|siga|condividi|segui(?:ci)?|delen|deel|volg|rhannu|rhannwch"
    r"|dilyn(?:wch)?"
    r"|roinn|dela|följ|del|følg|jaa|seuraa|udostępnij|obserwuj|sdílet|поделиться|share it|get in touch|stay in touch"
    r"|stay connected|keep in touch)\b[^.?!]{0,40}|シェア|共有|分享|공유(?:하기)?|شارك|שתפו?)",
)  # fmt: skip
NETWORK = _whole(
    r"(?:(?:click to |tap to )?(?:share|tweet|post|pin|save|send|email|e-mail|mail|print|copy|like|follow|recommend"
    r"|teilen"
    r"|partager|compartir|condividi|delen|rhannu|dela|del|tweeter|tweeten)\b)?[\s:]*(?:(?:this|it|us|me|the|our"
    r"|your)\b)?\s*"
    r"(?:(?:page|post|article|link|story|link to clipboard)\b)?\s*(?:(?:on|to|via|by|with|at|in|auf|bei|per|sur|en"
    r"|em|su|op|ar"
    r"|på|a friend|to a friend)\b)?\s*"
    r"(?:facebook|fb|twitter|x|x \(twitter\)|twitter/x|linked ?in|instagram|insta|youtube|tik ?tok|pinterest|reddit"
    r"|tumblr"
    r"|whats ?app|telegram|mastodon|bluesky|bsky|threads|flipboard|pocket|mix|digg|stumbleupon|delicious|evernote|viber"
    r"|skype|messenger|facebook messenger|sms|line|wechat|weibo|vk|vkontakte|xing|buffer|hacker news|yummly|nextdoor"
    r"|signal"
    r"|flickr|vimeo|snapchat|discord|twitch|medium|substack|soundcloud|google ?\+|google plus|google news|feedly|rss"
    r"|rss feed|e-?mail|mail|print|more|link|copy|clipboard|a friend|share|tweet|like)?\s*(?:page|channel|profile)?"
    r"\s*(?:\(opens in (?:a )?new (?:window|tab)\))?\s*[0-9.,]*k?",
)  # fmt: skip

PODCAST = _whole(
    r"play in (?:a )?new (?:window|tab)|play(?: episode)?|download(?: (?:episode|audio|file|mp3))?|embed|pop ?out|more"
    r"|(?:apple|google|amazon|youtube)(?: (?:podcasts?|music))?|itunes|spotify|android|rss(?: feed)?|by email"
    r"|e-?mail|stitcher"
    r"|i ?heart ?radio|tune ?in|deezer|overcast|pocket ?casts|castbox|podchaser|podbean|player fm|audible|acast"
    r"|castro|blubrry"
    r"|pandora|gaana|jiosaavn|goodpods|podcast index|transcript|youtube|share|subscribe|soundcloud"
)
PODCAST_LABEL = names(
    "podcast subscribe listen follow download play audio tune in available get find on to via the us it now this "
    "our episode also or and by podcasts anywhere wherever you your abonnieren hören écouter suscribirse escuchar "
    "iscriviti luister prenumerera gwrando tanysgrifio new window"
)

#: Links of one line that turn pages, go to the top, print or skip.
TURNING = _whole(
    r"(?:(?:previous|next|prev|older|newer|vorheriger?|nächster?|précédent|suivant|anterior|siguiente|precedente"
    r"|successivo"
    r"|vorige|volgende|blaenorol|nesaf|föregående|nästa|forrige|neste|næste)\b(?: (?:posts?|articles?|entry|page|story|"
    r"beitrag|artikel|article|entrada|articolo|bericht|inlägg))?)"
)
TO_A_PLACE = _whole(
    r"(?:back|return|jump|skip|go|scroll)(?: up| down)? to (?:the )?(?:top|contents?|main(?: content)?|navigation"
    r"|footer"
    r"|sidebar|recipe|comments?|video|section|table of contents|article|text|page)(?: of (?:the )?page)?",
    r"(?:zum inhalt springen|nach oben|zurück nach oben|zum seitenanfang|aller au contenu|haut de page|retour en haut"
    r"|saltar al contenido|volver arriba|ir al contenido|vai al contenuto|torna su|ga naar de inhoud|naar boven"
    r"|neidio i’r cynnwys|neidio i'r cynnwys|i’r brig|hoppa till innehåll|till toppen|til toppen)",
    r"top|↑|⇧|▲|\^ ?top",
)  # fmt: skip
PRINTING = _whole(
    r"(?:(?:print|e-?mail|pdf|save|download|export|send|imprimer|drucken|imprimir|stampa|afdrukken|argraffu|skriv ut"
    r"|drukuj)"
    r"(?:(?:,| &| and|/| or|\|)? (?:print|e-?mail|pdf|this|the|page|post|article|recipe|as|to|a|friend|friendly|ebook"
    r"|version|by"
    r"|story))*"
    r"|printer[- ]friendly(?: version)?|print ?friendly(?:,? ?(?:pdf|e-?mail|&|and| )*)|als pdf(?: speichern| drucken)?"
    r"|imprimer cet article|(?:artikel|seite|beitrag) drucken)",
)  # fmt: skip
HOME = _whole(
    r"home(?:page)?|start(?:seite)?|accueil|inicio|início|principal|hafan|dachaigh|baile|hem|hjem|etusivu|strona główna"
    r"|domů|главная|ホーム|首页|blog"
)
YOU_ARE_HERE = _whole(
    r"(?:you are here|sie (?:sind|befinden sich) hier|vous êtes ici|estás aquí|sei qui|u bent hier"
    r"|rydych (?:chi )?yma)\s*:?"
)
FILING = _whole(
    r"(?:filed (?:under|in)|posted (?:in|under)|tagged(?: with| as| in)?|tags?|categor(?:y|ies)|topics?|kategorien?"
    r"|schlagw(?:ort|"
    r"örter)|veröffentlicht (?:in|unter)|abgelegt unter|catégories?|étiquettes?|mots[- ]clés|publié dans|classé sous"
    r"|categorías?|etiquetas?|publicado en|archivado (?:en|bajo)|categorias?|tag|categorie|categorieën|geplaatst in"
    r"|categorïau|tagiau"
    r"|kategorier?"
    r"|taggar|etiketter|kategorie|tagi)"
)
NOTES = _whole(
    r"(?:foot|end)?notes?(?: and references)?|references?(?: and notes)?|sources?|citations?|bibliography|fußnoten"
    r"|anmerkungen"
    r"|einzelnachweise|quellen|notes de bas de page|références|notas(?: al pie)?|referencias|note a piè di pagina"
    r"|note|riferimenti"
    r"|voetnoten|noten|bronnen|troednodiadau|nodiadau|cyfeiriadau|fo-notaichean|fonótaí|fotnoter|noter|källor|przypisy"
    r"|poznámky|сноски|примечания|脚注|注释|각주"
)

#: What offers a sentence to be shared.
TO_TWEET = _whole(r"(?:click|tap) to (?:tweet|post|share)", r"(?:tweet|post|share) (?:this|it)(?: quote)?", "tweet")
#: What leads to a form that orders a letter.
TO_SUBSCRIBE = _whole(
    r"(?:please )?(?:subscribe|sign up|join|enter|type|get|receive|never miss|don[’']t miss|keep up|stay|want to)"
    r"\b[^.!?]{0,120}(?:e-?mail|newsletter|inbox|updates?|posts?|list|subscribers?|blog|informed|touch|in the loop)"
    r"\b[^.!?]{0,40}[.!?…]?",
    r"(?:abonnieren sie|abonniere|melden sie sich|melde dich|erhalten sie|trag(?:en sie sich|e? dich))\b"
    r"[^.!?]{0,140}[.!]?",
    r"(?:abonnez-vous|inscrivez-vous|recevez|ne manquez)\b[^.!?]{0,140}[.!]?",
    r"¡?(?:suscríbete|suscríbase|recibe|apúntate|no te pierdas)\b[^.!?]{0,140}[.!]?",
    r"(?:tanysgrifiwch|ymunwch|derbyniwch)\b[^.!?]{0,140}[.!]?",
    r"(?:iscriviti|ricevi|schrijf je in|meld je aan|ontvang)\b[^.!?]{0,140}[.!]?",
)
#: What the law wants a writer to say, and no writer's beginning.
DISCLOSURE = _whole(
    r"(?:(?:affiliate )?disclosure:? |please note:? |note:? |disclaimer:? )?(?:this|some|our) (?:post|article|page|blog"
    r"|site|content|(?:of the )?links)\b[^.]{0,40}(?:affiliate|sponsored|commission)[^.]{0,200}\.?"
    r"(?: [^.]{0,200}\.?){0,2}",
    r"dieser (?:beitrag|artikel) enthält (?:affiliate|werbe|partner)[^.]{0,120}\.?",
    r"cet article contient des liens (?:affiliés|d[’']affiliation)[^.]{0,120}\.?",
    r"este (?:artículo|post) contiene enlaces de afiliad[^.]{0,120}\.?",
)

#: Words of which a line about the time of reading is made; it has one of the second kind, and a number.
_TIMING = names(
    "estimated est approx approximate approximately time about around less more than under a an the in for this "
    "post article of to it takes will you take only word words long listen watch blog story by is one two three "
    "four five min mins minute minutes minuten minutos minuti minuto munud munudau mionaid mionaidean nóiméad "
    "minuter minutter minuuttia minuty minut perc λεπτά λεπτό мин минут минуты хв хвилин хвилини دقائق دقيقة דקות "
    "dakika sec secs geschätzte ca etwa temps durée de la estimé estimée environ tiempo estimado tempo di stimato "
    "geschatte amcangyfrifedig amser bras àm ùine am czas doba timp idő χρόνος время на час وقت זמן süresi"
)
_READING = names(
    "read reading lesezeit lesedauer lesen lecture lire lectura leitura lettura leestijd leesduur lezen darllen "
    "leughaidh léitheoireachta läs läsning lästid læsetid lesetid læs les lukuaika czytania čtení citire citit "
    "olvasási ανάγνωσης чтения чтение читання القراءة קריאה okuma"
)
_TIMED = _TIMING | _READING
_READING_TOGETHER = re.compile(
    r"(?=.*(?:読|阅读|閱讀|읽는))(?=.*[0-9])(?:この記事は|所要時間|読了|読む|時間|时间|で読めます|读完|阅读|閱讀|读时|"
    r"읽는|시간|约|約|分|钟|鐘|분|需|[\s0-9:：.,、。~〜])++"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_QUANTITY = re.compile(r"[0-9]|\b(?:one|two|three|four|five|a|an) (?:min|minute)\b", re.IGNORECASE)
_SMALL = _whole(
    # counts of views, comments, likes, shares; ratings
    r"(?:(?:post|page|total|article) )?(?:views?|visits?|reads|hits|aufrufe|vues|visitas|visualizzazioni"
    r"|weergaven)\s*:?\s*"
    r"[0-9][0-9.,k]*(?: (?:views?|times))?",
    r"[0-9][0-9.,]*k? (?:(?:total|post|page) )?(?:views?|visits?|reads|hits|likes?|shares?|"
    r"reactions?|aufrufe|vues|visitas|visualizzazioni|weergaven|visualizações|visningar"
    r"|visninger)(?:,? [0-9]+ views? today)?",
    r"(?:this (?:post|article|page) has been )?viewed [0-9][0-9.,]* times?",
    r"\(?visited [0-9][0-9.,]* times?(?:, [0-9.,]+ visits? today)?\)?",
    r"average rating:? [0-9.]+ ?/ ?[0-9.]+\.? ?(?:vote count:? [0-9.,]+)?",
    r"(?:[0-9.,]+ (?:person|people)|be the first to|liked by [0-9.,]+)(?: (?:person|people))? likes? this",
    r"(?:audio version:? ?)?(?:listen to|hear) (?:this|the) (?:article|post|story|page|blog)",
    r"(?:diesen? )?(?:artikel|beitrag) (?:an)?hören",
    r"écouter (?:cet|l[’'])\s?article", r"escuchar (?:este )?artículo",
    r"getting your trinity audio player ready\W*", r"word count:? [0-9,.]+(?: words)?", r"[0-9,.]+ words",
    r"reading level:? \w{3,20}", r"[0-9:]{4,8}\s*/\s*[0-9:]{4,8}",
    r"(?:posted|published) on (?:[^\W\d_]{3,10},? )?[0-9]{1,2}(?:st|nd|rd|th)? [^\W\d_]{3,10},? [0-9]{4}"
    r"(?: by [^\W\d_][\w .’'-]{1,40})?",
    r"(?:posted|published) on [^\W\d_]{3,10} [0-9]{1,2},? [0-9]{4}(?: by [^\W\d_][\w .’'-]{1,40})?",
    r"(?:copyright )?(?:©|\(c\)) ?(?:copyright )?[0-9]{4}[^.]{0,80}\.? (?:all rights reserved|alle rechte vorbehalten"
    r"|tous droits réservés|todos los derechos reservados)\.?",
    r"this (?:entry|post|article) is part [0-9]{1,3} of [0-9]{1,3} (?:in|of) the series .{1,80}",
    r"be the first to (?:like|comment|rate|share)(?: (?:on )?this(?: post)?)?",
    r"(?:no|[0-9]+|one|add a|post a|write a|leave a|join the) (?:comments?|repl(?:y|ies)|responses?|thoughts?"
    r"|discussion|conversation)"
    r"(?: yet| so far| so)?(?: (?:on|to) [^.,;]{1,80})?",
    r"comments? (?:are )?(?:off|closed|\([0-9]+\)|[0-9]+)(?: on [^.,;]{1,80})?",
    r"(?:keine|[0-9]+|ein) kommentare?", r"kommentar (?:schreiben|hinterlassen)",
    r"(?:schreiben? sie|schreibe?|hinterlassen? sie|hinterlasse?) (?:einen kommentar|eine antwort)",
    r"(?:aucun|[0-9]+|un) commentaires?",
    r"laisser un commentaire", r"(?:no hay|[0-9]+|un) comentarios?", r"deja (?:un comentario|una respuesta)",
    r"(?:nessun|[0-9]+|un) comment[oi]", r"lascia un commento", r"(?:geen|[0-9]+) reacties?",
    r"(?:dim|[0-9]+) sylwadau?",
    r"rate this(?: (?:post|article|page|item))?(?: \W*)?", r"click to rate this post!?(?: \[total:.{0,40}\])?",
    r"\[total: ?[0-9]+ average: ?[0-9.]+\]",
    r"(?:average )?rating:? ?[0-9.]+ ?(?:/|out of) ?[0-9.]+\.?(?: (?:from|based on) "
    r"[0-9]+ (?:votes?|reviews?|ratings?)\.?)?",
    r"[0-9.]+ ?(?:/|out of) ?[0-9.]+ ?[–-]? ?\(?[0-9]+ ?(?:votes?|reviews?|ratings?)\)?",
    r"(?:no votes|no ratings|no votes so far!?)(?: yet)?\.?(?: be the first to rate this post\.?)?",
    r"how useful was this post\??",
    r"click on a star to rate it!?", r"[★☆⭐\s]{2,}(?:[0-9./() ]+(?:votes?)?\)?)?",
    r"was this (?:helpful|useful|page helpful|article helpful)\?"
    r"(?: yes(?: \|| /)? no)?", r"(?:thank you|thanks) for (?:rating|voting)!?",
    # likes and sharing without links
    r"(?:share|like|tweet|rate|print|email|bookmark|teilen|partager|compartir|condividi|delen|rhannu|dela)(?: this)?:?",
    r"(?:like )?loading\W*", r"share (?:this )?(?:post|article|page|story|on|via|with your friends|with others)\W*",
    r"(?:sharing is caring|spread the (?:word|love)|share the (?:love|post))\W*",
    r"follow (?:us|me)(?: on(?: social(?: media)?)?)?\W*",
    r"diesen? (?:beitrag|artikel) teilen\W*", r"partager cet article\W*",
    r"¡?(?:teile?|teilen sie|partage[rz]?|compart(?:e|a|ir|ilhe|ilhar)|condividi|deel|del|dela|rhann(?:u|wch)|roinn"
    r"|sgaoil) (?:dies\w{0,2}|de[nr]|das|ce(?:t|tte)?|l[’'](?:article)|est[aeo]|quest[ao]|quest[’']\w{4,12}|dit"
    r"|denne|denna|det"
    r"|y|yr)(?: (?:beitrag|artikel|seite|article|billet|page|artículo|entrada|post|artigo|articolo|bericht|blog"
    r"|erthygl|dudalen|neges|indlæg|inlägg|innlegg|här|hwn|hon|inlägget))*\W*",
    r"(?:comparte|compartir)(?: esto| este artículo)?\W*",
    r"gefällt mir(?: wird geladen)?\W*", r"j(?:’|')aime(?: chargement)?\W*", r"me gusta(?: cargando)?\W*",
    # advertising, cookies, copying, skipping
    r"(?:advertise?ments?|advert|ads?|sponsored(?: (?:content|links?|post))?|promoted|anzeige|werbung|publicité"
    r"|publicidad|pubblicità|"
    r"advertentie|hysbyseb|annons|annonse|annonce|reklama|reklam|реклама|広告|广告|광고|إعلان|פרסומת)\W*"
    r"(?:(?:[–—-] )?(?:continue reading below|scroll to continue|story continues below))?",
    r"(?:article|story|content) continues (?:below|(?:below|after) (?:the |this )?(?:ad|advert|advertisement))\W*",
    r"report this ad",
    r"(?:you (?:need|have) to|please|to (?:view|see|watch) (?:this|the) [\w ]{1,30},? (?:please )?)?\s*(?:accept"
    r"|allow|enable|activate|consent to)"
    r" (?:[\w-]+[, ]+){0,5}cookies[^.]{0,80}\.?",
    r"(?:this )?(?:content|video|embed|map|post) (?:is|has been) blocked[^.]{0,80}\.?(?: .{0,80})?",
    r"(?:by (?:loading|clicking)|to protect your (?:personal data|privacy)),? [^.]{0,80}\.?(?: .{0,60})?",
    r"(?:copy|copied|copied!|copy code|copy to clipboard|copy link|kopieren|copier|copiar|copia"
    r"|kopiëren)(?: (?:copied|copy)!?)?",
    r"(?:skip to|back to) (?:main )?(?:content|top|navigation|the top)",
    r"(?:toggle|show|hide|open|close|expand|collapse|\[(?:hide|show|toggle)\])"
    r"(?: (?:all|menu|navigation|table of contents?|contents?))?",
    r"(?:continue reading|read (?:the rest|more|on)|weiterlesen|"
    r"lire la suite|leer más|seguir leyendo|continua a leggere|leggi tutto|lees (?:meer|verder)|darllen mwy|läs mer"
    r"|les mer|"
    r"czytaj dalej|читать далее|続きを読む|阅读更多|ler mais|continue lendo)\W*",
    r"you are here:?(?: .{0,80}[»›>/→].{0,80})?",
    r"subscribe(?: (?:now|here|today|to our (?:newsletter|blog|mailing list)"
    r"|by email|via (?:rss|email)))?\W*", r"sign up (?:for|to) (?:our|the) newsletter\W*",
    r"(?:jetzt |hier |zum |unseren? |den |kostenlos )*newsletter (?:abonnieren|anmelden|bestellen)\W*",
    r"(?:abonnez-vous|inscrivez-vous) (?:à (?:notre|la) (?:newsletter|lettre d[’']information)|au blog)\W*",
    r"¡?suscríbete(?: a (?:nuestr[ao]|la|el) (?:newsletter|bolet[ií]n|blog))?\W*",
    r"iscriviti(?: alla (?:nostra )?newsletter)?\W*", r"schrijf je in voor (?:onze|de) nieuwsbrief\W*",
    r"tanysgrifiwch(?: (?:i’n|i'n|i’r|i'r) (?:cylchlythyr|blog))?\W*",
    r"(?:play|listen|download)(?: (?:episode|this episode))?(?: in new window)?(?: \| (?:play in new window|download"
    r"|embed|subscribe))+",
)  # fmt: skip
# What parted links that are gone; asterisks and dashes are an author's ornament.
_SEPARATORS = re.compile(r"[|/·•,]{1,3}")
_PARTS = re.compile(r"\s*(?:[|·•‧∙]|\s/\s|\s[–—-]\s)\s*")
_A_DATE = (
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:[^\W\d_]{3,10},? )?[0-9]{1,2}(?:st"
    r"|nd|rd|th|\.)? "
    r"(?:de )?[^\W\d_]{3,10}\.?,?(?: de)? [0-9]{4}"
    r"|[^\W\d_]{3,10} [0-9]{1,2},? [0-9]{4})(?:,? (?:at )?[0-9]{1,2}[:.][0-9]{2}(?: ?[ap]m)?)?"
)
_DATE = re.compile(
    r"(?:(?:posted|published|updated|last updated|veröffentlicht|publié|publicado|am|le|el|on|by|in)[: ]*)*"
    rf"(?:{_A_DATE})",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"[0-9]{1,3}(?::[0-9]{2})? ?(?:min(?:ute)?s?|secs?)\.?|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?", re.IGNORECASE
)
# Signs and pictures at the ends of a line.
_ORNAMENT = re.compile(r"\A[\W_]+|[^\w)]+\Z")
_A_BY = r"(?:(?:written |posted )?by|von|par|por|di|door|gan|av|af) [^\W\d_][\w .’'-]{1,40}"
_BY = re.compile(_A_BY, re.IGNORECASE)


_PUBLISHED = re.compile(
    r"(?:posted|published|(?:last )?updated|veröffentlicht|(?:zuletzt )?aktualisiert|publié"
    r"|(?:dernière )?mise? à jour|publicado|actualizado|última actualización"
    r"|pubblicato|aggiornato|geplaatst|gepubliceerd|bijgewerkt|cyhoeddwyd"
    r"|postiwyd|diweddarwyd|publicerad|udgivet|publisert)"
    rf"(?: (?:on|am|le|el|il|op|ar|den))?:? (?:{_A_DATE})(?:,? {_A_BY})?\.?",
    re.IGNORECASE,
)


def is_reading_time(line: str) -> bool:
    """Whether *line* says only how long a text takes to read: "4 min read", "Lesezeit: 4 Minuten"."""
    if len(line) > LONGEST or not _QUANTITY.search(line):
        return False
    words = set(_LETTERS.findall(line.lower()))
    said = words <= _TIMED and not words.isdisjoint(_READING)
    return said or bool(_READING_TOGETHER.fullmatch(line))


def parts(line: str) -> list[str]:
    """What *line* sets beside one another: "By Jo Bloggs | 4 min read"."""
    return [part for part in _PARTS.split(line) if part]


def is_small(line: str) -> bool:
    """Whether *line* is one that software set beside a text, alone or parted from others of its kind and dates."""
    if len(line) > LONGEST:
        return False
    if _is_one(line) or _SEPARATORS.fullmatch(line):
        return True
    if not line[:1].isalnum() and (_is_one(_ORNAMENT.sub("", line)) or _SMALL.fullmatch(bare(line))):
        return True
    several = parts(line)
    return len(several) > 1 and any(map(_is_one, several)) and all(_is_one(each) or _is_stamp(each) for each in several)


def _is_one(line: str) -> bool:
    return bool(
        is_reading_time(line) or _PUBLISHED.fullmatch(line) or _SMALL.fullmatch(line) or TO_A_PLACE.fullmatch(line)
    )


def _is_stamp(part: str) -> bool:
    return bool(_DATE.fullmatch(part) or _BY.fullmatch(part) or _LASTING.fullmatch(part))


def bare(label: str) -> str:
    """*label* without what ends it."""
    return label.strip(" :：.…!?»›>→↑↓▲▼▾+–—-|*#[]()").strip()
