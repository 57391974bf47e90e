"""The database's tables, as numbered migrations. A new one goes to the end; a kept one is never changed."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("someopas")
JOURNAL_IS_NOT_CHANGED = """create trigger journal_is_not_changed before update on journal
            begin select raise(abort, 'append only'); end"""


@migrations()
def m001_spine(db: Database) -> None:
    """Events seen, records, journal, timers, outbox, people, small values."""
    for statement in (
        "create table events (key text primary key, at text not null, answer text not null default '') strict",
        "create table numbers (flow text primary key, last integer not null) strict",
        """create table records (
            key text primary key, flow text not null, status text not null, person text not null,
            version integer not null, data text not null, updated_at text not null) strict""",
        "create index records_of_person on records (flow, person, updated_at)",
        "create index records_of_status on records (flow, status, updated_at)",
        """create table journal (
            id integer primary key, at text not null, person text not null, event text not null, record text not null,
            before text not null, after text not null, hash text not null) strict""",
        JOURNAL_IS_NOT_CHANGED,
        """create trigger journal_is_not_shortened before delete on journal
            begin select raise(abort, 'append only'); end""",
        """create table timers (record text not null, name text not null, due text not null,
            primary key (record, name)) strict""",
        "create index timers_due on timers (due)",
        """create table outbox (
            id integer primary key, conversation text not null, kind text not null,
            record text not null, slot text not null, person text not null, target integer not null,
            card text not null, language text not null, due text not null, attempts integer not null default 0,
            sent_at text, message text not null default '', error text not null default '', dead_at text) strict""",
        "create index outbox_waiting on outbox (conversation, id) where sent_at is null and dead_at is null",
        "create index outbox_slots on outbox (record, slot)",
        """create table people (
            id text primary key, name text not null, email text not null unique, unit text not null,
            department text not null, supervisor text not null, roles text not null, deputy_for text not null,
            away integer not null) strict""",
        "create table languages (person text primary key, language text not null) strict",
        "create table small_values (name text primary key, value text not null) strict",
    ):
        db.execute(statement)


@migrations()
def m002_embedded_chat(db: Database) -> None:
    """The conversations of the web platform, which has no other server to keep them."""
    db.execute(
        """create table chat (
            id integer primary key, key text unique, conversation text not null, author text not null,
            text text not null, card text not null, language text not null, only_for text not null,
            at text not null, edited_at text) strict"""
    )
    db.execute("create index chat_conversations on chat (conversation, id)")


@migrations()
def m003_views_for_people(db: Database) -> None:
    """Columns of the questions, for whoever looks into the database with a tool."""
    db.execute(
        """create view questions as select key, status, data ->> 'text' as question, data ->> 'language' as language,
            data ->> 'intent' as intent, data ->> 'outcome' as outcome, data ->> 'helpful' as helpful,
            data ->> 'asked_at' as asked_at, data ->> 'replied_at' as replied_at from records where flow = 'questions'"""
    )


@migrations()
def m004_accounts_and_threads(db: Database) -> None:
    """People's accounts on platforms; threads of posts and questions; short-lived ways back; letters let be."""
    for statement in (
        """create table accounts (
            id text primary key, name text not null, email text not null, language text not null, standing text not null,
            checked_at text not null) strict""",
        "create table homes (person text primary key) strict",
        "alter table outbox add column door text not null default ''",
        "alter table outbox add column made_at text not null default ''",
        "alter table outbox add column dismissed_at text",
        "create index outbox_posts on outbox (message) where message != ''",
        "create index records_of_conversation on records (flow, data ->> 'conversation')",
        "create index records_of_thread on records (flow, data ->> 'thread')",
    ):
        db.execute(statement)


@migrations()
def m005_account_requests(db: Database) -> None:
    """Who stands in for a supervisor; columns of the requests and of the register, for whoever looks with a tool."""
    for statement in (
        "alter table people add column deputy text not null default ''",
        """create view account_requests as select key, status, person as requester, data -> 'answers' ->> 'name' as name,
            data -> 'answers' ->> 'owner' as owner, data -> 'answers' ->> 'channel' as channel, data ->> 'since' as since
            from records where flow = 'accounts' and status not in ('draft', 'forgotten')""",
        """create view register as select key, status, data ->> 'name' as name, data ->> 'channel' as channel,
            data ->> 'address' as address, data ->> 'owner' as owner, data ->> 'department' as department,
            data ->> 'updater' as updater, data ->> 'substitute' as substitute, data ->> 'opened_at' as opened_at,
            data ->> 'official_at' as official_at from records where flow = 'register'""",
    ):
        db.execute(statement)


@migrations()
def m006_changes(db: Database) -> None:
    """What changed of a flow is read without reading all of it."""
    db.execute("create index records_of_flow on records (flow, updated_at)")


@migrations()
def m007_ways_to_people(db: Database) -> None:
    """How a platform's conversations and files are reached again; a supervisor whom a platform knows of."""
    for statement in (
        "create table ways (id text primary key, data text not null, at text not null) strict",
        "create index outbox_updates on outbox (target) where kind = 'update'",
        "alter table accounts add column supervisor text not null default ''",
    ):
        db.execute(statement)


@migrations()
def m008_looking_after(db: Database) -> None:
    """What was given up, and the newest of somebody or of a status, is found without reading all that there is."""
    for statement in (
        "create index outbox_dead on outbox (dead_at, id, error) where dead_at is not null and dismissed_at is null",
        # The newest first is by rowid, which an index has after its columns: a time between them would have all sorted.
        "drop index records_of_person",
        "drop index records_of_status",
        "create index records_by_flow on records (flow)",
        "create index records_by_person on records (flow, person)",
        "create index records_by_status on records (flow, status)",
    ):
        db.execute(statement)


@migrations()
def m009_many_wait(db: Database) -> None:
    """However many messages wait, the first and the next due of them are found without reading the others."""
    for column, index in (("id", "outbox_in_order"), ("due", "outbox_due")):
        db.execute(f"create index {index} on outbox ({column}) where sent_at is null and dead_at is null")


@migrations()
def m010_lines_of_a_record(db: Database) -> None:
    """What the journal tells of a record is counted without reading all of it."""
    db.execute("create index journal_of_record on journal (record)")


@migrations()
def m011_newest_of_a_person_in_a_conversation(db: Database) -> None:
    """What somebody said last is found without reading all that they ever said, or that was said there."""
    db.execute("drop index records_of_conversation")
    db.execute("create index records_of_conversation on records (flow, data ->> 'conversation', person)")
