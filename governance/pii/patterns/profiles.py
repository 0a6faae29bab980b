"""Links that lead to one person: `linkedin.com/in/jane-roe`, `wa.me/447700900123`, with or without `https://`.

A link to a service's own pages (`github.com/features`), or to what somebody published there, names nobody.
"""

from __future__ import annotations

import re

from governance.pii.text.rules import Rule

SCORE = 0.9
_USER = r"[@+~]?[\w.%+-]{2,80}"
_HOSTS_OF_PEOPLE = (
    "wa.me", "t.me", "telegram.me", "facebook.com", "fb.com", "fb.me",
    "m.me", "x.com", "twitter.com", "instagram.com", "instagr.am", "threads.net", "pinterest.com", "tiktok.com",
    "vk.com", "ok.ru", "keybase.io", "linktr.ee", "paypal.me", "calendly.com", "about.me", "gravatar.com",
    "soundcloud.com", "twitch.tv", "medium.com", "dev.to", "flickr.com",
)  # fmt: skip
"""Where the first part of the path is an account, whatever follows it."""
_HOSTS_OF_WORKS = ("github.com", "gitlab.com", "bitbucket.org", "huggingface.co", "kaggle.com")
"""Where it is one if nothing follows: what has a second part was made to be found."""
_PATHS_OF_PEOPLE = (
    r"linkedin\.com/(?:in|pub)", r"xing\.com/profile", r"snapchat\.com/add", r"reddit\.com/(?:u|user)",
    r"bsky\.app/profile", r"researchgate\.net/profile", r"stackoverflow\.com/users/\d{1,12}", r"signal\.me/#p",
    r"youtube\.com/(?:user|c)", r"facebook\.com/people", r"orcid\.org", r"api\.whatsapp\.com/send\?phone=",
    r"facebook\.com/profile\.php\?id=", r"scholar\.google\.com/citations\?user=", r"strava\.com/athletes",
)  # fmt: skip
_OWN_PAGES_WORDS = """
about account accounts ads api app apps archive blog business careers company contact cookies dashboard datasets
developer developers directory docs download enterprise events explore faq features feed groups hashtag help home i
images intent jobs join kernels learn legal login logout marketplace messages models news notifications orgs pages
papers plans policies premium press pricing privacy pub release resources safety search security settings share sharer
signin signup site sitemap spaces sponsors status store support team terms topics tos trending watch web
"""
_OWN_PAGES = frozenset(_OWN_PAGES_WORDS.split())
_HEAD = r"(?<![\w/@.-])(?:[a-z]{2,10}://)?(?:[a-z]{1,9}\.)?"
_FURTHER = r"(?:[/?#][^\s<>\"']{0,200})?"
_ALONE = r"/?(?:[?#][^\s<>\"']{0,200})?(?![\w/@-])"
_PROFILE = re.compile(
    rf"{_HEAD}(?:(?:(?:{'|'.join(map(re.escape, _HOSTS_OF_PEOPLE))})/|(?:{'|'.join(_PATHS_OF_PEOPLE)})/?)"
    rf"(?P<user>{_USER}){_FURTHER}|(?:{'|'.join(map(re.escape, _HOSTS_OF_WORKS))})/(?P<maker>{_USER}){_ALONE})",
    re.IGNORECASE,
)
_LITERALS = (".me", ".com", ".app", ".net", ".io", ".ee", ".ru", ".org", ".co", ".tv", ".to", ".am", ".COM")


def rules() -> tuple[Rule, ...]:
    """URL_USER by whose pages a service has."""
    return (Rule("URL_USER", _PROFILE, SCORE, is_somebody, literals=_LITERALS),)


def is_somebody(link: str) -> bool:
    """Whether the account in a link is none of the service's own pages."""
    found = _PROFILE.match(link)
    account = (found["user"] or found["maker"]) if found else ""
    return bool(account) and account.casefold().strip("@.") not in _OWN_PAGES
