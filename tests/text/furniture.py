"""What plugins, themes and builders set around a text, and what authors write that looks like it; all in words of ours."""

from __future__ import annotations

URL = "https://blog.example.org/2026/11/a-post/"

_ICON = '<svg viewBox="0 0 8 8"><title>Icon</title><path d="M0 0"/></svg>'

#: Each is set before or behind a text by software; no trace of it may stay.
FURNITURE = {
    # contents
    "contents in a div": '<div id="toc_container" class="no_bullets"><p class="toc_title">Contents</p><ul class="toc_list"><li>'
    '<a href="#a"><span class="toc_number">1</span> Money</a></li><li><a href="#b">Homes</a></li></ul></div>',
    "contents of nobody's": '<div class="zq1"><h2>In this article</h2><ol><li><a href="#a">Money</a></li><li><a href="#b">Homes</a><ul>'
    '<li><a href="#c">Cheap homes</a></li></ul></li></ol></div>',
    "contents in a nav": '<nav aria-label="Contents"><ul><li><a href="#a">Money</a></li><li><a href="#b">Homes</a></li></ul></nav>',
    "contents in details": '<details><summary>Table of contents</summary><ul><li><a href="#a">Money</a></li></ul></details>',
    "contents after a heading": '<h2>Inhaltsverzeichnis</h2><ul><li><a href="#a">Geld</a></li><li><a href="#b">Häuser</a></li></ul>',
    "contents after a heading of no language": '<h3>Efnisyfirlit</h3><ul><li><a href="#a">Fé</a></li><li><a href="#b">Hús</a></li></ul>',
    "contents by whole addresses": f'<p>On this page:</p><ul><li><a href="{URL}#a">Money</a></li><li><a href="{URL}#b">Homes</a></li></ul>',
    "contents in a block": '<div class="wp-block-yoast-seo-table-of-contents yoast-table-of-contents"><h2>Table of contents</h2><ul><li>'
    '<a href="#h-a" data-level="2">Money</a></li></ul></div>',
    "contents in columns": '<div class="wp-block-columns"><div class="wp-block-column"><p><strong>Sommaire</strong></p><ul><li>'
    '<a href="#a">Argent</a></li></ul></div></div>',
    "contents with a switch": '<div class="lwptoc" data-smooth-scroll="1"><div class="lwptoc_header"><b>Contents</b> <span class="lwptoc_toggle">'
    '<a href="#" class="lwptoc_toggle_label">hide</a></span></div><div class="lwptoc_items"><a href="#a">Money</a></div></div>',
    "contents on one line": '<p>Jump to: <a href="#a">Money</a> | <a href="#b">Homes</a> | <a href="#c">People</a></p>',
    "contents by role": '<section role="doc-toc"><h2>Übersicht</h2><ul><li><a href="#a">Geld</a></li></ul></section>',
    # reading time
    "reading time": "<p>4 min read</p>",
    "reading time by its name": '<span class="span-reading-time rt-reading-time"><span class="rt-label">Reading Time: </span>'
    ' <span class="rt-time">4</span> <span class="rt-label">minutes</span></span>',
    "reading time with a clock": f'<div class="abc">{_ICON}<span>Estimated reading time: 4 minutes</span></div>',
    "reading time in German": "<p><em>Lesezeit: 4 Minuten</em></p>",
    "reading time in French": "<div>Temps de lecture : 4 minutes</div>",
    "reading time in Spanish": "<p>Tiempo de lectura: 4 minutos</p>",
    "reading time in Welsh": "<p>Amser darllen: 4 munud</p>",
    "reading time in Dutch": "<p>Leestijd: 4 minuten</p>",
    "reading time in Italian": "<p>Tempo di lettura: 4 minuti</p>",
    "reading time in Japanese": "<p>この記事は約4分で読めます。</p>",
    "reading time in a line of facts": "<p>12 November 2026 | By Ann Example | 4 min read</p>",
    "reading time as less": '<p class="wp-block-post-time-to-read">Less than a minute to read</p>',
    # sharing and following
    "a bar to share": '<div class="xyz-flex"><a href="https://www.facebook.com/sharer/sharer.php?u=x">Facebook</a> '
    '<a href="https://twitter.com/intent/tweet?url=x">Tweet</a> <a href="https://www.linkedin.com/shareArticle?url=x">LinkedIn</a></div>',
    "a bar of icons": f'<ul><li><a href="https://facebook.com/sharer.php?u=x" aria-label="Facebook">{_ICON}</a></li>'
    f'<li><a href="https://wa.me/?text=x">{_ICON}</a></li></ul>',
    "a bar with a heading": '<h3>Share this:</h3><ul><li><a href="https://bsky.app/intent/compose?text=x">Bluesky</a></li><li>'
    '<a href="mailto:?subject=x&amp;body=y">Email</a></li><li><a href="#print">Print</a></li></ul>',
    "a bar by its name": '<div class="sassy-social-share heateor_sss_sharing_container"><div class="heateor_sss_sharing_title">Spread the love'
    "</div><p>12 shares</p></div>",
    "a bar in an aside": '<aside><p>Share on <a href="https://x.com/intent/post?url=x">X</a></p></aside>',
    "a bar in German": '<div class="shariff"><ul><li><a href="https://www.facebook.com/sharer/sharer.php?u=x">teilen</a></li></ul></div>',
    "a bar in a paragraph": '<p>Share: <a href="https://t.me/share/url?url=x">Telegram</a> / <a href="https://www.reddit.com/submit?url=x">'
    "Reddit</a></p>",
    "a line to follow": '<p>Follow us on <a href="https://twitter.com/anytown">Twitter</a> and <a href="https://www.facebook.com/anytown">'
    "Facebook</a>.</p>",
    "a block of profiles": '<ul class="wp-block-social-links"><li><a href="https://x.com/a"><span class="wp-block-social-link-label">X</span></a>'
    "</li></ul>",
    "profiles without a name": '<div><a href="https://www.linkedin.com/company/a">LinkedIn</a> <a href="https://www.instagram.com/a">Instagram'
    '</a> <a href="https://blog.example.org/feed/">RSS</a></div>',
    "a box to like": '<div class="wpulike wpulike-default"><button>Like</button><span class="count-box">4</span></div>',
    "like this": "<div><h3>Like this:</h3><p>Like Loading...</p></div>",
    # related posts
    "related posts by name": '<div class="crp_related"><h2>Related Posts:</h2><ul><li><a href="/r1/"><figure><img src="/t1.jpg"></figure>'
    "<span>Another post</span></a></li></ul></div>",
    "related posts after a heading": '<h3>You may also like</h3><ul><li><a href="/r1/">Another post</a></li><li><a href="/r2/">A third</a></li>'
    "</ul>",
    "related posts with dates": '<div class="q7"><h4>Related articles</h4><ul><li><a href="https://blog.example.org/r1/">Another post about a'
    ' council</a> <small>3 May 2026</small></li></ul></div>',
    "related posts in French": '<div><p><strong>Articles similaires</strong></p><p><a href="/r1/">Un autre</a></p><p><a href="/r2/">Un troisième'
    "</a></p></div>",
    "related posts in Welsh": '<h2>Erthyglau cysylltiedig</h2><ul><li><a href="/r1/">Un arall</a></li></ul>',
    "a related post within": '<p><strong>Read also:</strong> <a href="https://blog.example.org/r1/">Another post</a></p>',
    "related posts of Jetpack": '<div id="jp-relatedposts" class="jp-relatedposts"><h3 class="jp-relatedposts-headline"><em>Related</em></h3>'
    "</div>",
    "related posts with excerpts": '<div class="yarpp yarpp-related yarpp-template-list"><h3>Related posts:</h3><ol><li><a href="/r1/">Another</a>'
    " <small>Where one reads of a council which had another plan than this one.</small></li></ol></div>",
    "the neighbours": '<div class="nav-links"><div class="nav-previous"><a href="/p/">Before</a></div></div>',
    "the neighbours of no name": '<p><a href="/p/">← Before this</a> <a href="/n/">After this →</a></p>',
    # authors
    "an author's box": '<div class="saboxplugin-wrap"><div class="saboxplugin-authorname"><a href="/author/ann/">Ann Example</a></div>'
    '<div class="saboxplugin-desc"><p>Ann writes on homes. She lives in the north.</p></div></div>',
    "an author's box of schema.org": '<div itemscope itemtype="https://schema.org/Person"><img src="/ann.jpg"><h4>Ann Example</h4><p>Ann writes'
    " on homes.</p></div>",
    "an author's box of a theme": '<section class="my-theme-author-bio"><h3>About the author</h3><p>Ann writes on homes.</p></section>',
    # forms
    "a form": '<form action="/x"><label>Email</label><input type="email"><p>We send one mail a week.</p></form>',
    "a form with its heading": "<h2>Sign up</h2><form><input><button>Go</button></form>",
    "a form in a box": '<div class="box-9"><h3>Stay up to date</h3><p>Get new posts by email.</p><form><input></form></div>',
    "a form of a plugin": "<div class='gform_wrapper gravity-theme'><h2 class='gform_title'>Sign up</h2><p>indicates required fields</p></div>",
    "a form in brackets": "<h3>Write to us</h3><p>[contact-form-7 id=&#8221;12&#8243; title=&#8221;Write&#8221;]</p>",
    "a box to subscribe": '<div class="wp-block-jetpack-subscriptions"><p>Join 40 other subscribers</p></div>',
    # printing
    "a button to print": '<p><a href="javascript:window.print()">Print this page</a></p>',
    "a picture to print": '<div class="printfriendly pf-alignleft"><a href="#" rel="nofollow"><img src="/pf.png" alt="Print Friendly, PDF &amp; '
    'Email"></a></div>',
    "print, mail": '<p><a href="?print=1">Print</a> | <a href="?share=email">Email</a></p>',
    # builders
    "a row of a builder": "<p>[vc_row css=&#8221;.vc_custom_1{margin: 0 !important;}&#8221;][vc_column width=&#8221;1/2&#8243;]</p>",
    "an end of a builder": "<p>[/et_pb_text][/et_pb_column][/et_pb_row][/et_pb_section]</p>",
    "a builder's template": "<p>[elementor-template id=&#8221;12&#8243;]</p>",
    "a builder's picture": '<p>[fusion_imageframe image_id="1|full" link="" alt="[a hall]"][/fusion_imageframe]</p>',
    "a builder's code": "<p>[vc_raw_html]JTNDZGl2JTNFJTNDJTJGZGl2JTNF[/vc_raw_html]</p>",
    # podcasts
    "a podcast's links": '<p class="powerpress_links">Podcast: <a href="/e.mp3">Play in new window</a> | <a href="/e.mp3">Download</a></p>',
    "a podcast's links of no name": '<p>Subscribe: <a href="https://podcasts.example/a">Apple Podcasts</a> | <a href="https://s.example/b">Spotify'
    '</a> | <a href="/feed/podcast/">RSS</a></p>',
    # filing, comments, counts
    "a line of tags": '<p>Tagged <a href="/tag/a/" rel="tag">a</a>, <a href="/tag/b/" rel="tag">b</a></p>',
    "a line of tags in German": '<p>Schlagwörter: <a href="/tag/a/" rel="tag">Geld</a>, <a href="/tag/b/" rel="tag">Haus</a></p>',
    "a list of categories": '<div class="post-categories"><a href="/category/x/">Housing</a></div>',
    "comments": '<p><a href="#respond">Leave a comment</a></p>',
    "no comments": "<p>No comments yet</p>",
    "views": '<div class="post-views entry-meta">Post Views: 1,234</div>',
    "views of no name": "<p>1,234 views</p>",
    "ratings": '<div class="kk-star-ratings kksr-auto"><div class="kksr-legend">5/5 - (2 votes)</div></div>',
    "ratings of no name": "<p>Rate this post</p>",
    # the rest
    "an advertiser's place": '<div class="ad-container"><span>Advertisement</span><ins class="adsbygoogle"></ins></div>',
    "an advertiser's place in French": "<p>Publicité</p>",
    "a wall of cookies": "<p>Please accept marketing cookies to watch this video.</p>",
    "a blocker": '<div class="cmplz-blocked-content-notice">Click to accept cookies and enable this content</div>',
    "skip": '<a class="skip-link screen-reader-text" href="#content">Skip to content</a>',
    "skip of no name": '<p><a href="#main">Skip to main content</a></p>',
    "back to the top": '<p><a href="#top">Back to top ↑</a></p>',
    "words for screen readers": '<span class="screen-reader-text">Opens in a new window</span>',
    "breadcrumbs": '<p><a href="https://blog.example.org/">Home</a> » <a href="/category/x/">Housing</a> » A post</p>',
    "breadcrumbs by name": '<div class="yoast-breadcrumbs"><span><a href="/">Start</a></span> / <span>A post</span></div>',
    "copy": '<div class="code-toolbar-x"><span class="copy-btn">Copy</span></div>',
    "read more": '<p><a class="more-link" href="/x">Continue reading <span class="screen-reader-text">A post</span></a></p>',
    "pages": '<p>Pages: <a href="/a-post/1/">1</a> <a href="/a-post/2/">2</a></p>',
    # of other themes and plugins
    'rankmath':'<div class="wp-block-rank-math-toc-block" id="rank-math-toc"><h2>Table of Contents</h2><nav><ul><li class=""><a href="#x">X</a></li></ul></nav></div>',
    'toc button only':'<div class="abc"><button>Contents</button><div hidden><ul><li><a href="#x">X</a></li></ul></div></div>',
    'toc custom':'<aside class="side"><p class="t">What’s in this post?</p><div><div><a href="#x">Money</a></div><div><a href="#y">Homes</a></div></div></aside>',
    'jump':'<div class="j"><a href="#recipe">Jump to Recipe</a> · <a href="https://blog.example.org/print/1">Print Recipe</a></div>',
    'novashare':'<div class="ns-buttons ns-inline"><div class="ns-buttons-wrapper"><a href="https://www.facebook.com/sharer/sharer.php?u=x" aria-label="Share on Facebook" class="ns-button"><span class="ns-button-icon"><svg></svg></span></a></div></div>',
    'share with count':'<div class="q"><span>37</span><span>Shares</span><a href="https://twitter.com/intent/tweet?text=x"><span>Tweet</span></a><a href="https://pinterest.com/pin/create/button/?u=x">Pin</a></div>',
    'share pt':'<div><h4>Compartilhe isso:</h4><ul><li><a href="https://api.whatsapp.com/send?text=x">WhatsApp</a></li><li><a href="https://www.facebook.com/sharer.php?u=y">Facebook</a></li></ul></div>',
    'email share':'<p><a href="mailto:?subject=A%20post&body=x">Email this to a friend</a></p>',
    'mastodon':'<p><a href="https://mastodonshare.com/?text=x">Mastodon</a></p>',
    'follow box':'<div class="foo"><p>Follow the council:</p><p><a href="https://www.facebook.com/c">Facebook</a> <a href="https://www.instagram.com/c">Instagram</a></p></div>',
    'google news':'<p>Follow us on <a href="https://news.google.com/publications/x">Google News</a></p>',
    'whatsapp channel':'<p><strong>Follow our <a href="https://whatsapp.com/channel/1">WhatsApp channel</a></strong></p>',
    'telegram join':'<p>Join our <a href="https://t.me/x">Telegram</a> channel</p>',
    'related de':'<div class="x1"><p>Das könnte Sie auch interessieren:</p><ul><li><a href="https://blog.example.org/a/">Ein Beitrag über Häuser</a></li></ul></div>',
    'related cards':'<section><h2>You might also like</h2><div><article><a href="/a/"><img src="/t.jpg" alt="x"></a><h3><a href="/a/">Another post</a></h3><p>12 May 2026</p></article><article><a href="/b/"><img src="/u.jpg"></a><h3><a href="/b/">A third post</a></h3><p>13 May 2026</p></article></div></section>',
    'related cards excerpt':'<div class="related-grid"><h2>More posts</h2><div><h3><a href="/a/">Another post</a></h3><p>A few words of this post about the council and its plan.</p><a href="/a/">Read more</a></div></div>',
    'inline rel':'<p class="zz">Also read: <a href="/a/">Another post about homes</a></p>',
    'jetpack related':'<nav class="jp-relatedposts-i2" data-layout="grid"><ul class="jp-related-posts-i2__list"><li><a href="/a/">Other</a><dl><dt>Date</dt><dd>3 May 2026</dd></dl></li></ul></nav>',
    'author':'<div class="abh_box abh_box_down"><ul class="abh_tabs"><li>About</li><li>Latest Posts</li></ul><section><h3>Ann Example</h3><div class="abh_job">Writer</div><div>Ann writes about homes.</div></section></div>',
    'author vcard':'<div class="author vcard"><img class="avatar" src="https://secure.gravatar.com/avatar/1"><h4>About <a href="/author/ann/">Ann</a></h4><p>Ann writes about homes, and lives in one.</p><a href="/author/ann/">View all posts by Ann →</a></div>',
    'author gravatar':'<div class="zz"><img src="https://secure.gravatar.com/avatar/1" alt=""><div><a href="https://blog.example.org/author/ann/" rel="author">Ann Example</a><p>Ann writes about homes.</p></div></div>',
    'wp author biography':'<p class="wp-block-post-author-biography">Ann writes about homes.</p>',
    'cf7':'<div class="wpcf7 no-js" id="wpcf7-f1"><div class="screen-reader-response"><p>1</p></div><form class="wpcf7-form"><p><label>Your name<br><input></label></p><p><input type="submit"></p></form></div>',
    'mailchimp':'<div id="mc_embed_signup"><form><h2>Subscribe</h2><div class="indicates-required">* indicates required</div></form></div>',
    'substack':'<div class="xx"><h3>Get our newsletter</h3><p>One mail a week, with all of it.</p><iframe src="https://ann.substack.com/embed"></iframe></div>',
    'cta subscribe':'<p><a href="https://blog.example.org/subscribe/">Subscribe to our newsletter</a></p>',
    'print':'<div class="dkpdf-button-container"><a class="dkpdf-button" href="/?pdf=1"><span>PDF Button</span></a></div>',
    'elementor tpl':'[elementor-template id="123"]',
    'vc loose':'[vc_row][vc_column][vc_column_text]'+''+'[/vc_column_text][/vc_column][/vc_row]',
    'gutenberg podcast':'<div class="wp-block-podcast"><p>Listen on <a href="https://open.spotify.com/show/1">Spotify</a>, <a href="https://podcasts.apple.com/p">Apple Podcasts</a> or <a href="/feed/podcast">RSS</a></p></div>',
    'ssp':'<div class="podcast_meta"><aside><p><a href="/x.mp3">Download file</a> | <a href="/x.mp3">Play in new window</a> | Duration: 00:12:30 | Recorded on 3 May 2026</p></aside></div>',
    'tags fr':'<p>Étiquettes : <a href="/tag/a/" rel="tag">logement</a></p>',
    'tags ul':'<div class="foo"><span>Tags</span><ul><li><a href="/tag/a/">housing</a></li><li><a href="/tag/b/">money</a></li></ul></div>',
    'posted on':'<p>Posted on 3 May 2026 by Ann Example</p>',
    'views of another':'<p>(Visited 1,234 times, 5 visits today)</p>',
    'rating':'<div class="rmp-widgets-container"><p>How useful was this post?</p><p>Click on a star to rate it!</p></div>',
    'rating2':'<p>Average rating 4.5 / 5. Vote count: 12</p>',
    'cookie':'<div class="embed-privacy-container"><div class="embed-privacy-overlay"><p>Click here to display content from YouTube.</p></div></div>',
    'cookie2':'<p>You need to accept cookies to view this content.</p>',
    'ad':'<div id="div-gpt-ad-1" class="ad"><p>ADVERTISEMENT</p></div>',
    'ad2':'<div style="text-align:center"><small>- Advertisement -</small></div>',
    'crumb':'<div><a href="/">Home</a> / <a href="/blog/">Blog</a> / A post</div>',
    'crumb ol':'<ol itemscope itemtype="https://schema.org/BreadcrumbList"><li><a href="/">Home</a></li><li><a href="/c/">Housing</a></li><li>A post</li></ol>',
    'skip of another':'<a href="#content">Skip to content</a>',
    'copy of another':'<div class="wp-block-code-x"><a href="#" class="copy">Copy</a></div>',
    'comments of another':'<p><a href="https://blog.example.org/2026/11/a-post/#comments">3 Comments</a></p>',
    'comments2':'<p><a href="#respond">Leave a Reply</a></p>',
    'readtime fr':'<p>⏱ 3 minutes de lecture</p>',
    'readtime sv':'<p>Lästid: 3 minuter</p>',
    'readtime pl':'<p>Czas czytania: 3 min.</p>',
    'readtime pt':'<p>Tempo de leitura: 3 minutos</p>',
    'readtime gd':'<p>Ùine leughaidh: 4 mionaidean</p>',
    'readtime words':'<p>1,200 words (5 min read)</p>',
    'readtime ga':'<p>Am léitheoireachta: 4 nóiméad</p>',
    'listen':'<p>Listen to this article</p>',
    'like':'<p>1 person likes this</p>',
    'pagenav':'<div class="page-links">Pages: <span>1</span> <a href="/x/2/">2</a></div>',
    'prev next':'<div><p>Previous post: <a href="/p/">Before</a></p><p>Next post: <a href="/n/">After</a></p></div>',
}  # fmt: skip

#: Each is an author's own, and stays as it is.
WRITTEN = (
    "<p>Share your views with the council before the end of the month.</p>",
    "<p>Share this with care: it is about people, and people read it.</p>",
    "<p>Follow the money, as they say, and you will find the reason.</p>",
    "<p>Print is not dead, whatever the press says of itself.</p>",
    "<p>Read more books, and fewer briefings; it helps.</p>",
    "<p>Reading time is the scarcest thing that a chief executive has.</p>",
    "<p>It takes 4 minutes to read the budget, and a year to mend it.</p>",
    "<p>A 4 minute walk from the station there is a hall.</p>",
    "<p>Related to this is the question of who pays.</p>",
    "<p>You may also like to know who paid for it.</p>",
    "<p>Contents insurance is what most tenants lack.</p>",
    "<p>About the author of the plan nobody knew much.</p>",
    "<p>Tags are for luggage, categories for the mind.</p>",
    "<p>Advertisement of posts is a duty under the code.</p>",
    "<p>Comments on the draft were many, and kind.</p>",
    "<p>12 comments came in, and each was answered.</p>",
    "<p>Views differ: 40 of them were sent to us in May.</p>",
    "<p>We accept cookies from residents, if they are home-made.</p>",
    "<p>Copy the best, and say so.</p>",
    "<p>Home is where the heart is &gt; and the tax.</p>",
    "<p>Previous plans failed. The next one will not.</p>",
    "<p>Back to the top of the agenda came the buses.</p>",
    "<p>Skip to the end if you are in a hurry; it is all there.</p>",
    "<p>Subscribe to the idea that all are equal.</p>",
    "<p>Like this council, many others wait.</p>",
    "<p>Loading the lorries took a week.</p>",
    "<p>Podcast or lecture, the message is one.</p>",
    "<p>Download speeds in the north are a scandal.</p>",
    "<p>Posted in the north, he wrote home.</p>",
    '<h2>Further reading</h2>\n<ul><li><a href="https://example.org/a">A report</a></li><li><a href="https://example.org/b">Another</a></li></ul>',
    '<h3>References</h3>\n<ol><li><a href="https://example.org/a">Lee, 2024</a></li><li><a href="https://example.org/b">Day, 2025</a></li></ol>',
    '<p>See also <a href="https://example.org/a">the report</a> and <a href="https://example.org/b">the answer</a>.</p>',
    '<h2>Useful links</h2>\n<ul><li><a href="https://blog.example.org/a/">Our first part</a></li><li><a href="https://blog.example.org/b/">'
    "Our second part</a></li></ul>",
    '<ul><li><a href="https://example.org/a">Anytown</a></li><li><a href="https://example.org/b">Saltby</a></li></ul>',
    '<p><a href="https://example.org/a.pdf">Download PDF</a></p>',
    '<p><a href="https://example.org/a.pdf">Download</a></p>',
    '<p><a href="https://example.org/report">Read the report</a></p>',
    '<p><a href="https://www.youtube.com/watch?v=a1">Our film on homes</a></p>',
    '<p>The council is on <a href="https://www.facebook.com/anytown">Facebook</a>, where it answers within the hour, day and night.</p>',
    '<p>Tell us on <a href="https://x.com/anytown">X</a> what you think of the plan, and of the people who made it.</p>',
    '<p>In <a href="https://blog.example.org/2026/11/a-post/#money">the part on money</a> we saw what it costs to wait for the rest.</p>',
    '<p><a href="https://example.org/a">One</a>, <a href="https://example.org/b">two</a>, <a href="https://example.org/c">three</a>.</p>',
    '<p>Housing, <a href="https://example.org/a">as Lee has it</a>, is <a href="https://example.org/b">a right</a>, not <a href='
    '"https://example.org/c">a favour</a>.</p>',
    "<ul><li>Print</li><li>Radio</li><li>Email</li></ul>",
    "<ul><li>Share</li><li>Copy</li></ul>",
    "<ol><li>Home</li><li>Work</li></ol>",
    "<h2>Related work</h2>\n<p>Others have tried this before.</p>",
    "<h2>Contents of the box</h2>\n<p>A lamp, a book, a key.</p>",
    "<h2>About the author</h2>\n<p>Ann Example wrote this in the train.</p>",
    "<h2>Share</h2>\n<p>All of it, with all.</p>",
    "<blockquote><p>Reading is what made me.</p></blockquote>",
    "<table><tbody><tr><td>Views</td><td>40</td></tr><tr><td>Print</td><td>12</td></tr></tbody></table>",
    "<p>4 minutes.</p>",
    "<p>Five stars.</p>",
    "<p>Thank you for reading.</p>",
    "<p>We quote it in full [emphasis added], and [John Smith] agreed.</p>",
    "<pre>[vc_row][vc_column]</pre>",
    "<p>An hour a day [see below] is what it takes.</p>",
    "<p>Dates: 3 May 2026 | 4 June 2026</p>",
    "<details><summary>How we counted</summary><p>By hand, and twice.</p></details>",
    '<p><a href="https://blog.example.org/contact/">Write to us</a></p>',
    '<figure><a href="https://example.org/big.jpg"><img alt="A hall" src="https://example.org/hall.jpg"></a></figure>',
    '<p>Email <a href="mailto:jo@example.org">jo@example.org</a> with your questions.</p>',
    "<p>Notes from a small island are what this is.</p>",
    "<p>Sources close to the council said so.</p>",
)
