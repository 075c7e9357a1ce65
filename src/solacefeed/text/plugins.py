"""The names that plugins, themes and builders give to what they set around a text, by what it is; data.

Law: a name is looked for as whole words of a class or an id, however they are joined ("my-toc", "wp_toc__list"),
so that a plugin which nobody here has heard of is known by the words that its trade uses.
"""

from __future__ import annotations

import re
from functools import lru_cache

from solacefeed.text.tree import names

#: What stands in no post of its author's making, whatever element bears the name.
_BOXES = {
    "contents": """
        toc lwptoc simpletoc ez-toc tableofcontents table-of-contents table-of-content jump-links on-this-page
        article-index page-index inhaltsverzeichnis sommaire-box""",
    "reading time": """
        reading-time readingtime read-time readtime min-read minute-read minutes-read time-to-read estimated-reading
        est-reading bsf-rt rt-reading reading-meter reading-progress reading-estimate lesezeit temps-lecture
        trinity-player trinity-tts
        beyondwords-player speechkit-container""",
    "sharing": """
        sharedaddy sd-sharing sd-social sd-block jp-post-flair share-buttons share-button share-btn share-btns
        share-bar share-links share-link share-icons share-this share-post share-article share-box share-wrap
        share-wrapper share-container share-title share-count share-page share-story share-label share-list
        share-row sharebar sharebox sharing-buttons sharing-links sharing-box sharing-title socialshare social-share
        social-sharing social-icons social-links social-buttons social-media-icons social-media-links social-bar
        social-follow social-profiles social-networks social-list follow-us follow-buttons follow-bar follow-links
        follow-me addtoany a2a a2a-kit addthis sharethis sharethis-inline heateor sassy-social ssba shareaholic
        novashare mashsb mashshare essb easy-social-share monarch et-social dpsp grow-social juiz-sps
        scriptless-social swp-social-panel swp-panel social-warfare simplesocialbuttons simplesocial ssb sfsi
        wp-socializer wpsr getsocial shariff hupso jssocials fb-like fb-share twitter-share-button feedflare
        wp-block-outermost-social-sharing teilen-buttons partage""",
    "likes": """
        sd-like jetpack-likes likes-widget likes-widget-wrapper wp-ulike wpulike like-button like-btn post-like
        post-likes zilla-likes likebtn reactions-box emoji-reactions""",
    "related posts": """
        jp-relatedposts related-posts related-post relatedposts related-articles related-article related-content
        related-entries related-stories related-news related-links related-items related-box related-grid
        related-section related-wrapper related-container related-list related-widget yarpp yarpp-related crp
        crp-related rp4wp similar-posts similar-articles you-may-also-like you-might-also-like also-like more-posts
        more-stories more-articles more-from recommended-posts recommended-articles recent-posts latest-posts
        popular-posts next-post prev-post previous-post post-nav post-navigation posts-navigation nav-links
        nav-previous nav-next read-next up-next irp inline-related inline-related-posts read-also outbrain taboola
        zergnet linkwithin nrelate dable-widget aehnliche-beitraege articles-similaires
        wp-block-query wp-block-post-template elementor-posts
        elementor-posts-container elementor-widget-posts elementor-widget-loop-grid elementor-widget-loop-carousel
        et-pb-blog et-pb-posts et-pb-post-slider et-pb-post-nav fl-post-grid fl-post-feed fl-post-gallery
        fl-module-post-grid brxe-posts uagb-post-grid uagb-post-carousel wp-block-uagb-post-grid post-grid posts-grid
        kt-blocks-post-loop wp-block-kadence-posts kadence-posts-list wp-block-stackable-posts gb-query-loop
        fusion-blog-shortcode fusion-post-slider vc-basic-grid vc-grid-container display-posts-listing pt-cv-wrapper
        td-block-related entry-related post-carousel posts-carousel""",
    "author": """
        saboxplugin saboxplugin-wrap abh-box author-box author-bio author-biography author-info author-card
        author-description author-profile author-widget author-about about-author about-the-author authorbox
        author-avatar wp-about-author molongui molongui-author-box m-a-box pp-multiple-authors-boxes-wrapper
        ppma-author starbox wp-block-post-author-biography post-author-box autorenbox
        wp-block-post-author td-author-description td-author-box ast-single-author-box ast-author-box""",
    "forms": """
        gform gform-wrapper wpcf7 wpforms nf-form ninja-forms caldera-form frm-forms forminator mc4wp mc4wp-form
        mc-embed mailchimp mailpoet mailerlite ml-form convertkit formkit hs-form hbspt hubspot klaviyo
        jetpack-subscription jetpack-subscriptions jetpack-contact-form contact-form newsletter-form
        newsletter-signup newsletter-sign-up newsletter-box newsletter-widget newsletter-subscribe
        newsletter-subscription newsletter-optin tnp subscribe-form subscribe-box subscribe-widget subscription-form
        signup-form sign-up-form signup-box email-signup email-sign-up email-subscribe email-subscription optin
        optin-form opt-in-form optinmonster et-bloom om-holder sendinblue sib-form fluentform ff-el everest-forms
        happyforms metform elementor-form kb-form search-form searchform login-form comment-form comment-respond
        wp-block-search wp-block-loginout""",
    "printing": """
        printfriendly print-button print-btn print-link print-me print-page print-post print-icon pf-button wp-print
        dkpdf dkpdf-button pdf-button pdf-download-button pdfprnt save-as-pdf pdf24-plugin wpptopdf""",
    "podcast": """
        powerpress-links powerpress-subscribe powerpress-subscribe-links podcast-links podcast-subscribe
        podcast-meta podcast-platforms subscribe-links listen-links player-panel player-panels""",
    "filing": """
        entry-utility post-edit-link edit-link cat-links tags-links tag-links post-tags post-categories entry-tags
        entry-categories post-terms posted-in tagcloud tag-cloud wp-block-post-terms wp-block-categories
        wp-block-archives wp-block-tag-cloud wp-block-calendar wp-block-page-list wp-block-navigation
        wp-block-post-navigation-link wp-block-latest-comments wp-block-latest-posts""",
    "stamps": """
        post-meta entry-meta post-info entry-info meta-info post-details td-post-date td-post-author-name
        td-module-meta-info et-post-meta-wrapper entry-header-meta article-meta""",
    "comments": """
        comments-link comments-count comment-count comment-link wpcnt leave-reply wpdcom wpdiscuz disqus fb-comments
        comments-area wp-block-comments wp-block-post-comments""",
    "advertising": """
        adsbygoogle ad-slot ad-container ad-wrapper ad-wrap ad-unit ad-banner ad-box ad-placeholder ad-label
        ads-wrapper ads-container adslot advert adverts advertisement advads quads-location google-auto-placed
        gpt-ad dfp-ad sponsored-ad""",
    "cookies": """
        cookie-notice cookie-banner cookie-consent cookie-placeholder cookie-warning cookie-message cookie-law-info
        cmplz cmplz-blocked-content cky borlabs-cookie brlbs brlbs-content-blocker cookiebot cookieconsent
        gdpr-notice gdpr-consent moove-gdpr iubenda embed-privacy embed-privacy-overlay consent-placeholder
        content-blocker blocked-content
        wpconsent wpconsent-embed-placeholder cookie-blocked cky-iframe-placeholder""",
    "unseen": """
        screen-reader-text screen-reader-only screenreader-text sr-only sr-text visually-hidden visuallyhidden
        assistive-text elementor-screen-only a11y-hidden skip-link skip-links skip-to-content skip-nav skiplink
        rich-snippet-hidden""",
    "copying": """
        copy-button copy-btn btn-copy copy-code code-copy clipboard-button copy-to-clipboard copycode copy-link
        copy-icon""",
    "views": """
        post-views postviews view-count view-counter views-count views-counter entry-views page-views hit-counter
        pageviews pvc-stats""",
    "ratings": """
        post-ratings post-rating wp-postratings postratings kk-star kk-star-ratings kksr rating-form star-rating
        star-ratings rate-my-post rmp rmp-widgets yasr yasr-vv gdrts thumbs-rating rate-this""",
    "breadcrumbs": """
        breadcrumb breadcrumbs bcn brotkrumen""",
    "more": """
        more-link read-more-link continue-reading back-to-top scroll-to-top scroll-top slideshowlink""",
}  # fmt: skip
#: What is so named only as a box of its own: within a sentence such a word may be the author's.
_ALONE = names(
    "share shares sharing social socials related toc rating ratings likes breadcrumb newsletter subscribe ads print "
    "printing"
)

_WORDS = {words: kind for kind, listed in _BOXES.items() for words in listed.split()}
_NAME = re.compile(
    r"(?:^|-)(" + "|".join(sorted(map(re.escape, _WORDS), key=lambda words: (-len(words), words))) + r")(?:-|$)"
)
_JOINTS = re.compile(r"[-_:]+|(?<=[a-z])(?=[A-Z])")
# States and hooks that a page or a paragraph bears, not a box: "has-toc", "no-share-buttons", "toc-enabled".
_STATE = re.compile(
    r"^(?:has|no|with|without|is|js|wp-image|hide|show|not)-|-(?:enabled|disabled|active|target|anchor)$"
)
_NAMES_KEPT = 4096
_LONGEST_NAME = 100


@lru_cache(maxsize=_NAMES_KEPT)
def kind_of(name: str) -> str | None:
    """What a class or an id of *name* says that the element is; ``None`` where it says nothing of it."""
    if len(name) > _LONGEST_NAME:
        return None
    joined = _JOINTS.sub("-", name).lower().strip("-")
    found = _NAME.search(joined)
    return _WORDS[found[1]] if found and not _STATE.search(joined) else None


@lru_cache(maxsize=_NAMES_KEPT)
def is_single(name: str) -> bool:
    """Whether a box of just this *name* is one of them."""
    return name.lower() in _ALONE
