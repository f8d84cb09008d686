"""Makes the listings of binary markets and of negRisk events, with the first chances of their outcomes."""

import random

from attrs import frozen

from messages.identity import EventId
from messages.markets import Market
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, SHARE_SCALE, Price, Shares, TickSize
from polyactors.exchange.listings.categories import Category, category_named
from polyactors.exchange.listings.identifiers import (
    MarketIds,
    market_ids,
    neg_risk_id,
    neg_risk_question_id,
    protocol_two_ids,
)
from polyactors.exchange.listings.new_york import day_label, new_york_time
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.listings.questions import BINARY_QUESTIONS, CONTESTS, OTHER, slug_of
from polyactors.exchange.words import EventListing, Kind, Listing, RewardTerms

CENT, TENTH_OF_A_CENT = TickSize(100), TickSize(10)


@frozen
class NewEvent:
    """`chances` are those of the markets' YES, or for a single market those of YES and NO."""

    event: EventListing
    listings: tuple[Listing, ...]
    chances: tuple[float, ...]


def binary_event(plan: ListingPlan, seed: int, index: int, generation: int, number: int, now_ns: int) -> NewEvent:
    """The market in place `index` of the plan; each that ends is followed by one of the next generation."""
    source = random.Random(f"{seed} binary {index} {generation}")
    question = BINARY_QUESTIONS[(index + generation * plan.binary_markets) % len(BINARY_QUESTIONS)]
    end_ms = _end_ms(plan, source, now_ns)
    title = question.text.format(day=_day(end_ms))
    slug = _slug(title, index // len(BINARY_QUESTIONS), generation)
    chance = source.uniform(0.08, 0.92)
    event = _event(slug, number, title, question.category, now_ns, end_ms)
    listing = _listing(
        event,
        market_ids(seed, slug),
        number,
        Kind.BINARY,
        title,
        tick=TENTH_OF_A_CENT if index % 4 == 3 else CENT,
        rewards=_rewards(plan) if index % 3 == 0 else None,
    )
    return NewEvent(event, (listing,), (chance, 1 - chance))


def protocol_two_event(plan: ListingPlan, seed: int, index: int, generation: int, number: int, now_ns: int) -> NewEvent:
    """The same with position ids for tokens, which are traded by V3 orders."""
    source = random.Random(f"{seed} protocol two {index} {generation}")
    question = BINARY_QUESTIONS[-1 - (index + generation) % len(BINARY_QUESTIONS)]
    end_ms = _end_ms(plan, source, now_ns)
    title = question.text.format(day=_day(end_ms))
    slug = _slug(f"{title} v2", index // len(BINARY_QUESTIONS), generation)
    chance = source.uniform(0.2, 0.8)
    event = _event(slug, number, title, question.category, now_ns, end_ms)
    ids = protocol_two_ids(seed, slug)
    listing = _listing(event, ids, number, Kind.BINARY, title, is_protocol_two=True)
    return NewEvent(event, (listing,), (chance, 1 - chance))


def neg_risk_event(plan: ListingPlan, seed: int, index: int, generation: int, number: int, now_ns: int) -> NewEvent:
    """One market an outcome, numbered from `number` on; the last is "Other" in an augmented event."""
    source = random.Random(f"{seed} negRisk {index} {generation}")
    count = plan.neg_risk_outcomes[index]
    is_augmented = index >= len(plan.neg_risk_outcomes) - plan.augmented_events
    contest = CONTESTS[(index + generation) % len(CONTESTS)]
    end_ms = _end_ms(plan, source, now_ns)
    day = _day(end_ms)
    title = contest.title.format(day=day)
    copy = index // len(CONTESTS)
    slug = _slug(title, copy, generation)
    shared = neg_risk_id(seed, slug)
    names = (*contest.names[: count - 1], OTHER) if is_augmented else contest.names[:count]
    event = _event(slug, number, title, contest.category, now_ns, end_ms, neg_risk=shared, is_augmented=is_augmented)
    listings = []
    for place, name in enumerate(names):
        text = contest.each.format(name="another" if name is OTHER else name, day=day)
        market_slug = _slug(text, copy, generation)
        found = market_ids(seed, market_slug)
        ids = MarketIds(found.market, found.yes_token, found.no_token, neg_risk_question_id(shared, place))
        listings.append(
            _listing(
                event,
                ids,
                number + place,
                Kind.NEG_RISK,
                text,
                slug=market_slug,
                tick=TENTH_OF_A_CENT if index == 1 else CENT,
                rewards=_rewards(plan) if place == 0 else None,
                group_title=name,
            )
        )
    weights = [source.gammavariate(1.5, 1.0) + 0.02 for _ in names]
    return NewEvent(event, tuple(listings), tuple(weight / sum(weights) for weight in weights))


def _event(
    slug: str,
    number: int,
    title: str,
    category: Category,
    now_ns: int,
    end_ms: int,
    neg_risk: str = "",
    is_augmented: bool = False,
) -> EventListing:
    description = (
        f"{title} This market resolves by what a consensus of credible reporting says at its end. If that cannot be "
        f"told, it resolves 50/50."
    )
    return EventListing(
        EventId(slug),
        number,
        title,
        description,
        category.name,
        now_ns // NANOSECONDS_PER_MILLISECOND,
        end_ms,
        neg_risk=bool(neg_risk),
        is_augmented=is_augmented,
        neg_risk_id=neg_risk,
    )


def _listing(
    event: EventListing,
    ids: MarketIds,
    number: int,
    kind: Kind,
    question: str,
    *,
    slug: str | None = None,
    tick: TickSize = CENT,
    rewards: RewardTerms | None = None,
    group_title: str = "",
    is_protocol_two: bool = False,
) -> Listing:
    category = category_named(event.category)
    if category is None:
        raise ValueError(f"there is no category {event.category!r}")
    market = Market(
        ids.market,
        event.event,
        slug or event.event,
        question,
        ids.yes_token,
        ids.no_token,
        tick,
        Shares(5 * SHARE_SCALE),
        category.fees,
        neg_risk=event.neg_risk,
        end_ms=event.end_ms,
    )
    return Listing(
        market,
        number,
        kind,
        ("Yes", "No"),
        ids.question_id,
        event.description,
        category.name,
        accepts_from_ms=event.opens_ms,
        opens_ms=event.opens_ms,
        taker_delay_ns=category.taker_delay_ns,
        rebate_ppm=category.rebate_ppm,
        rewards=rewards,
        is_protocol_two=is_protocol_two,
        group_title=group_title,
        is_other=group_title is OTHER,
    )


def _rewards(plan: ListingPlan) -> RewardTerms:
    return RewardTerms(Shares(50 * SHARE_SCALE), Price(350), plan.daily_rewards)


def _end_ms(plan: ListingPlan, source: random.Random, now_ns: int) -> int:
    """On a whole minute."""
    now_s = now_ns // NANOSECONDS_PER_SECOND
    end_s = now_s + source.randint(*plan.binary_lasts_s)
    return max(end_s - end_s % 60, now_s + 1) * 1000


def _day(at_ms: int) -> str:
    when = new_york_time(at_ms)
    return f"{day_label(when)}, {when.year}"


def _slug(text: str, copy: int, generation: int) -> str:
    """The venue adds a number to a slug that it had before."""
    again = copy + 100 * generation
    return slug_of(text) + (f"-{again}" if again else "")
