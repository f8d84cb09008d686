"""The tags of events: that of their category, and those of up/down periods."""

from attrs import frozen

from polyactors.exchange.listings.categories import CATEGORIES, category_named
from polyactors.exchange.words import EventListing


@frozen
class Tag:
    number: int
    label: str
    slug: str

    def document(self) -> dict[str, object]:
        return {
            "id": str(self.number),
            "label": self.label,
            "slug": self.slug,
            "forceShow": False,
            "requiresTranslation": False,
        }


UP_OR_DOWN = Tag(102127, "Up or Down", "up-or-down")
_LENGTHS = {
    "5m": Tag(102892, "5M", "5M"),
    "15m": Tag(102467, "15M", "15M"),
    "hourly": Tag(102175, "1H", "1h"),
}
"""By the recurrence of the series."""

ALL_TAGS = tuple(
    sorted(
        (*(Tag(each.tag_number, each.name, each.slug) for each in CATEGORIES), UP_OR_DOWN, *_LENGTHS.values()),
        key=lambda tag: tag.number,
    )
)


def tags_of(event: EventListing) -> tuple[Tag, ...]:
    category = category_named(event.category)
    tags = [] if category is None else [Tag(category.tag_number, category.name, category.slug)]
    if event.series_slug:
        tags += [UP_OR_DOWN, _LENGTHS[event.recurrence]]
    return tuple(tags)
