"""A request for a new account, from the idea to the register (R35–R82).

The table of its life is `record.TRANSITIONS`; who may do what is decided in the module of each deed.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.accounts import cards, deciding, drafts, naming, opening, pages, starting, talking
from handlers.accounts.record import DECIDING, FILLING, LIVING, Comment, Move, Record, Status
from handlers.accounts.turns import takes_part, unagreed
from handlers.cards import Card, Said, Text
from handlers.comments import KEPT, amiss, comment_form, passed_on
from handlers.effects import Effect, Forget, OpenForm, Reply, Whisper
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts
from knowledge.answers import Intent, Outcome

BEGINNINGS = ("accounts/begin", "accounts/copy")


def key_of(record: str) -> str:
    """The request's key; a form adds `@` and the round or the step that it was opened for."""
    return record.partition("@")[0]


def begins(event: Event) -> bool:
    """Whether the event makes a new request."""
    return isinstance(event, Pressed) and event.action in BEGINNINGS


def understands(event: Asked, facts: Facts) -> bool:
    """Whether the words want an account of their own to be opened."""
    answer = facts.answer
    said = answer is not None and answer.intent is Intent.NEW_ACCOUNT and answer.outcome is Outcome.FLOW
    return event.addressed and (said or event.intent == Intent.NEW_ACCOUNT)


def journalled(record: Record) -> Record:
    """What the journal keeps of it: nothing of what was written in a draft, which is to be forgotten."""
    return drafts.emptied(record) if record.status in (Status.DRAFT, Status.FORGOTTEN) else record


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a request; see the module for its life."""
    if isinstance(event, Asked):
        return None, [Reply(starting.start(facts))]
    if begins(event):
        return _begin(event, facts)
    if record is None or record.status is Status.FORGOTTEN:
        return record, [] if isinstance(event, Elapsed | Undelivered) else [cards.gone()]
    if isinstance(event, Elapsed | Undelivered):
        return _of_itself(record, event, facts)
    return _of_people(record, event, facts)


def _of_itself(record: Record, event: Elapsed | Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    """What the clock and the platforms tell."""
    match event:
        case Elapsed(timer="draft_notice"):
            return drafts.notice(record, facts)
        case Elapsed(timer="draft_forget"):
            return drafts.forget(record, facts)
        case Elapsed():
            return deciding.look_again(record, facts)
        case Undelivered(slot=slot, receiver=receiver) if slot.startswith("named:"):
            return record, naming.unreachable(record, receiver, facts)
        case Undelivered():
            return deciding.undelivered(record, event, facts)


def _of_people(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """What people do: who is named in the request, who takes part in it, its requester, the others."""
    match event:
        case Pressed(action="accounts/accept" | "accounts/decline" as action):
            return naming.agree(record, event, facts, yes=action == "accounts/accept")
        case Pressed(action="accounts/consent"):
            return naming.consent(record, event, facts, yes=True)
        case Pressed(action="accounts/unconsent"):
            return naming.consent(record, event, facts, yes=False)
        case Commented() if not _may_know(record, facts):
            return record, []  # colleagues talk in the thread in which it was made
        case _ if not _may_know(record, facts):
            return record, [cards.refused(None, facts, "not_yours")]
        case Commented() | Submitted(form="accounts/comment") | Pressed(action="accounts/comment" | "accounts/show"):
            return _about(record, event, facts)
        case Pressed() | Submitted() if _is_own(event):
            return _own(record, event, facts)
        case Pressed() | Submitted():
            return _of_others(record, event, facts)
        case _:
            return record, [cards.gone()]


def _may_know(record: Record, facts: Facts) -> bool:
    """Whether who acts may know of the request at all: a draft is its writer's alone, what was sent is its parties'."""
    own = facts.person is not None and facts.person.bears(record.requester)
    return own or (record.status is not Status.DRAFT and takes_part(record, facts))


def _begin(event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    if facts.person is None or facts.person.standing != "member":
        return None, [cards.refused(None, facts, "guest")]
    copied = facts.source if isinstance(event, Pressed) and event.action == "accounts/copy" else None
    if isinstance(event, Pressed) and event.action == "accounts/copy" and (not copied or not copied.answers):
        return None, [cards.gone()]
    return starting.begin(event, facts)


# ── the requester's deeds ───────────────────────────────────────────────────────────────────────────────────────────

OWN = frozenset({
    "resume", "talk", "form", "answer", "change", "back", "skip_field", "pause", "send", "take_back", "withdraw", "step",
})  # fmt: skip
WRITING = OWN - {"take_back", "withdraw", "send"}


def _name(event: Event) -> str:
    named = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else ""
    return named.partition("/")[2]


def _is_own(event: Event) -> bool:
    return _name(event) in OWN


def _own(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:  # noqa: C901 - a line for each deed
    if facts.person is None or not facts.person.bears(record.requester):
        return record, [cards.refused(None, facts, "not_yours")]
    name = _name(event)
    if name in WRITING and record.status not in FILLING:
        return record, cards.late(record, facts)
    match event:
        case Pressed(action="accounts/resume"):
            return talking.resume(record, event, facts)
        case Pressed(action="accounts/talk"):
            return talking.ask_next(record, event, facts)
        case Pressed(action="accounts/form"):
            return pages.open_page(record, event, facts)
        case Pressed(action="accounts/answer", value=value):
            return talking.answer(record, _answered(event, value), facts)
        case Submitted(form="accounts/answer"):
            return talking.answer(record, event, facts)
        case Submitted(form="accounts/step"):
            return pages.submit(record, event, facts)
        case Pressed(action="accounts/change"):
            return talking.change(record, event, facts)
        case Pressed(action="accounts/back"):
            return talking.back(record, event, facts)
        case Pressed(action="accounts/skip_field", value=field):
            return talking.skip_field(record, event, field, facts)
        case Pressed(action="accounts/pause"):
            return talking.pause(record, facts)
        case Pressed(action="accounts/send"):
            return drafts.send(record, event, facts)
        case Pressed(action="accounts/take_back"):
            return _taken_back(record, event, facts)
        case Pressed(action="accounts/withdraw"):
            return _withdrawn(record, event, facts)
        case _:
            return record, [cards.gone()]


def _answered(event: Pressed, value: str) -> Submitted:
    return Submitted(
        event.key, event.person, event.conversation, event.record, "accounts/answer", {"answer": value},
        thread=event.thread, door=event.door, window=event.window, spoken=event.spoken,
    )  # fmt: skip


def _taken_back(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    taken, effects = deciding.take_back(record, event, facts)
    return taken, effects if taken is record else [*effects, Reply(drafts.summary(taken, facts))]


def _withdrawn(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    withdrawn, effects = deciding.withdraw(record, event, facts)
    if withdrawn.status is Status.FORGOTTEN:
        return drafts.emptied(withdrawn), [*effects, *(Forget(timer) for timer in drafts.TIMERS)]
    return withdrawn, effects


# ── the others' deeds ───────────────────────────────────────────────────────────────────────────────────────────────


def _of_others(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:  # noqa: C901 - a line for each deed
    match event:
        case Pressed(action="accounts/propose", value=seen):
            move = Move.PROPOSE if record.chain else Move.CONCLUDE
            return record, deciding.stands(record, move, seen, facts) or [_proposing(record, seen, facts)]
        case Submitted(form="accounts/propose"):
            return deciding.propose(record, event, facts)
        case Pressed(action="accounts/return" | "accounts/reject" as action, value=seen):
            move = Move.RETURN if action == "accounts/return" else Move.REJECT
            form = deciding.reason_form(record, move.value, seen or record.moment, "")
            opened = OpenForm(form) if record.status is Status.SENT else cards.refused(record, facts, "by_meeting")
            return record, deciding.stands(record, move, seen, facts) or [opened]
        case Submitted(form="accounts/return"):
            return deciding.give_back(record, event, facts, Move.RETURN)
        case Submitted(form="accounts/reject"):
            return deciding.give_back(record, event, facts, Move.REJECT)
        case Pressed(action="accounts/decide", value=seen):
            form = deciding.decide_form(record, seen or record.moment, {}, facts)
            return record, deciding.stands(record, Move.POSTPONE, seen, facts) or [OpenForm(form)]
        case Submitted(form="accounts/decide"):
            return deciding.decide(record, event, facts)
        case Pressed(action="accounts/skip", value=seen):
            if not deciding.may_skip(record, facts):
                return record, [cards.refused(record, facts, "not_skipped")]
            return record, [OpenForm(deciding.skip_form(record, seen or record.moment, ""))]
        case Submitted(form="accounts/skip"):
            return deciding.skip(record, event, facts)
        case Pressed(action="accounts/checklist"):
            return record, _checklist(record, facts)
        case Pressed(action="accounts/open"):
            return record, [_opening(record, facts)] if record.status is Status.APPROVED else cards.late(record, facts)
        case Submitted(form="accounts/open"):
            return opening.open_account(record, event, facts)
        case Pressed(action="accounts/tick", value=point):
            return opening.tick(record, event, point, facts)
        case _:
            return record, [cards.gone()]


def _proposing(record: Record, seen: str, facts: Facts) -> Effect:
    if unagreed(record):
        return cards.refused(record, facts, "unagreed")
    return OpenForm(deciding.propose_form(record, seen or record.moment, {}))


def _opening(record: Record, facts: Facts) -> Effect:
    if not opening.may_open(record, facts):
        return cards.refused(record, facts, "not_keeper")
    return OpenForm(opening.open_form(record, ""))


def _checklist(record: Record, facts: Facts) -> list[Effect]:
    if record.status not in LIVING:
        return cards.late(record, facts)
    return [Reply(cards.checklist_card(record, facts), slot="checklist")]


# ── what all who take part may do ───────────────────────────────────────────────────────────────────────────────────


def _about(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    own = facts.person is not None and facts.person.bears(record.requester)
    match event:
        case Pressed(action="accounts/show"):
            return record, [Reply(_whole(record, facts, own=own))]
        case Pressed():
            return record, [OpenForm(comment_form(record, ""))]
        case Commented(text=text):
            return _comment(record, event, text.strip(), facts)
        case Submitted(values=values):
            return _comment(record, event, values.get("text", "").strip(), facts)
        case _:
            return record, [cards.gone()]


def _whole(record: Record, facts: Facts, *, own: bool) -> Card:
    if own and record.status in FILLING:
        return drafts.summary(record, facts)
    if record.status in DECIDING and not own:
        return cards.decider_card(record, facts)
    return cards.picture(record, facts, *cards.state_buttons(record, own=own))


def _comment(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """Kept with the request, shown on its cards, and told to the others: what they answer below it is kept too."""
    if (wrong := amiss(record, event, text)) is not None:
        return record, wrong
    comment = Comment(facts.now, event.person, text)
    kept = replace(record, comments=(*record.comments, comment)[-KEPT:])
    written = cards.comment_data(comment, facts)
    data = cards.data_of(kept, facts) | written
    card = Card("accounts/commented", (Text("body"), Said(text, "comment", written)), data)
    return kept, [
        *passed_on(card, event, (record.requester, *record.told), record.comments, facts),
        *cards.refreshed(kept, facts),
        Whisper(Card("accounts/told", (Text("commented"),), cards.data_of(kept, facts))),
    ]
