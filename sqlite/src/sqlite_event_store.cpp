#include <foldline/sqlite/sqlite_event_store.hpp>

#include "append_batch.hpp"
#include "commit_group.hpp"
#include "event_reader.hpp"
#include "inline_tables.hpp"
#include "log_tables.hpp"
#include "pool.hpp"
#include "row_values.hpp"
#include "sql_session.hpp"
#include "stream_tail.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <utility>
#include <variant>

namespace foldline::inline v0::sqlite {
namespace {

/// Whether the file holds what a commit of unknown outcome was to store.
bool is_stored(connection& db, const pending_append& append, const appended& result) {
    const stream_write& last = append.request->writes.back();
    const uuid& id = last.events.back().id ? last.events.back().id->value : append.minted.back().value;
    statement& find = db.prepared("select event_id from log_events where position = ?1");
    const reset_at_exit end{find};
    return find.bind(1, result.position.value).step() && find.blob(0) == bytes_of(id);
}

/// Appends of a group in one transaction: more would keep others waiting for no gain.
constexpr std::size_t largest_transaction = 1'024;

/// The names of streams have to be those that an append has for the same projection.
upcaster_chain without_renames(const upcaster_chain& chain) {
    upcaster_chain steps;
    for (const auto& [from, step] : chain.steps()) steps.add(step);
    return steps;
}

/// What to say of a commit that failed, once it is known that it left nothing in the file.
std::exception_ptr nothing_stored(const std::exception_ptr& commit_failure) {
    try {
        std::rethrow_exception(commit_failure);
    } catch (const storage_error& error) {
        return std::make_exception_ptr(
            storage_error(error.code, "append", "the commit failed, and the file holds nothing of it"));
    } catch (...) {
        return commit_failure;
    }
}

}  // namespace

struct sqlite_event_store::parts {
    parts(database& database, const foldline::clock& time, id_source& source, event_store_options chosen)
        : file(database), clock(time), ids(source), options(std::move(chosen)), readers([this] {
              return std::make_unique<event_reader>(file, types, index == stream_index::merged ? &tail : nullptr);
          }) {
        index = require_log_tables(file, options);
        state.emplace(index, tail, options);
        identity = require_identity(file, clock, ids);
    }

    void open_for_writing(event_store& self) {
        projections = std::make_unique<inline_projector>(self, options.inline_projections);
        if (const upcaster_chain* chain = std::exchange(options.upcasters, nullptr))
            require_inline_projections(file, upcasting_event_store{self, without_renames(*chain)},
                                       options.inline_projections);
        else require_inline_projections(file, self, options.inline_projections);
        write_lease lease = file.lease_writer();
        const transaction look{lease.db()};
        catch_up(lease);
    }

    /// Takes in what others have committed, in the transaction that the next append is to stand in.
    void catch_up(const write_lease& lease) {
        if (state->catch_up(lease.db(), lease.generation()) == log_state::seen::others_commits)
            require_same_inline_projections(lease.db(), options.inline_projections);
    }

    /// Settles every append of the group.
    void commit(std::span<pending_append* const> group) noexcept {
        std::size_t settled = 0;
        try {
            write_lease lease = file.lease_writer();
            const std::exception_ptr failed = store(lease, group);
            if (failed && group.size() == 1) group.front()->fail(failed);
            if (!failed || group.size() == 1) return;
            // Nothing of the group was stored. Each has a transaction of its own now, so that nobody suffers from a
            // neighbour.
            for (; settled < group.size(); ++settled)
                if (auto own = store(lease, group.subspan(settled, 1))) group[settled]->fail(own);
        } catch (...) {
            for (pending_append* append : group.subspan(settled)) append->fail(std::current_exception());
        }
    }

    /// Stores a group in one transaction; gives why nothing of it was stored, if so. Throws where nobody can know.
    std::exception_ptr store(write_lease& lease, std::span<pending_append* const> group) {
        std::exception_ptr failure;
        bool in_doubt = false;
        try {
            transaction change{lease.db()};
            catch_up(lease);
            append_batch batch{lease.db(), *state, types, *projections};
            for (pending_append* append : group) add(batch, *append, lease.db());
            if (!batch.wrote()) return nullptr;
            batch.do_chores();
            in_doubt = true;
            change.commit();
            publish(batch, lease);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            state->merge.undo();
            if (!in_doubt) return failure;
            if (!was_stored(lease, group)) return nothing_stored(failure);
        }
        lease.announce();
        announce(group);
        return nullptr;
    }

    /// What is stored is stored, also when there is no memory left to know it: then the log is read anew.
    void publish(append_batch& batch, const write_lease& lease) noexcept {
        try {
            batch.publish();
            state->note_own_commit(lease.db());
        } catch (...) {
            state->doubt();
        }
    }

    static void add(append_batch& batch, pending_append& append, connection& db) {
        append.failure = nullptr;  // of a try in company, whose transaction is gone
        try {
            append.result = batch.add(append);
        } catch (const event_failure&) {
            fail_alone(append, db);
        } catch (const definition_error&) {
            fail_alone(append, db);
        }
    }

    /// An inline projection refused, or the schemas that are stored did, and the append was undone alone; unless the error
    /// was the database's and ended the transaction.
    static void fail_alone(pending_append& append, const connection& db) {
        if (db.is_autocommit()) throw;
        append.fail(std::current_exception());
    }

    /// An error from a commit says nothing about what is in the file: after a failed sync the events may well be there.
    /// So the file is opened anew, and asked. The group was one transaction, so one of its events tells of all.
    bool was_stored(write_lease& lease, std::span<pending_append* const> group) {
        try {
            connection& fresh = lease.reopen();
            for (const pending_append* append : group)
                if (const appended* done = append->stored_now()) return is_stored(fresh, *append, *done);
            return false;
        } catch (const std::exception& failed) {
            throw storage_error(0, "find out whether an append was stored in " + file.file().string(), failed.what(),
                                write_outcome::unknown);
        }
    }

    /// Checks a request, and gives its events the ids that they lack.
    pending_append accept(const append_request& request) {
        pending_append mine{&request, validate(request, options.limits), {}, clock.now(), {}, {}};
        if (mine.ids == ids_from::store)
            for (const stream_write& write : request.writes)
                for (std::size_t i = 0; i < write.events.size(); ++i) mine.minted.push_back({ids.next()});
        return mine;
    }

    void append_together(std::span<append_attempt> attempts) noexcept {
        std::vector<std::optional<pending_append>> pending;
        try {
            std::vector<pending_append*> group;
            pending.resize(attempts.size());
            group.reserve(attempts.size());
            for (std::size_t i = 0; i < attempts.size(); ++i) {
                try {
                    group.push_back(&pending[i].emplace(accept(*attempts[i].request)));
                } catch (...) {
                    attempts[i].failure = std::current_exception();
                }
            }
            if (!group.empty()) commit(group);
        } catch (...) {
            for (append_attempt& attempt : attempts) attempt.failure = std::current_exception();
            return;
        }
        for (std::size_t i = 0; i < attempts.size(); ++i) {
            if (!pending[i]) continue;
            attempts[i].failure = pending[i]->failure;
            attempts[i].result = std::move(pending[i]->result);
            tell_of(*pending[i]);
        }
    }

    /// No lock is held here: a slot may call the store.
    void tell_of(const pending_append& append) {
        if (append.announces) commits.emit(append.stored_now()->position);
    }

    static void announce(std::span<pending_append* const> group) {
        for (auto last = group.rbegin(); last != group.rend(); ++last) {
            if (!(*last)->stored_now()) continue;
            (*last)->announces = true;
            return;
        }
    }

    database& file;
    const foldline::clock& clock;
    id_source& ids;
    event_store_options options;
    stream_index index{};
    mutable stream_tail tail;
    store_identity identity;
    mutable event_type_table types;
    mutable pool<event_reader> readers;
    commit_signal commits;
    commit_group<pending_append> writers;

    // Touched only by whoever holds the write lease.
    std::unique_ptr<inline_projector> projections;
    std::optional<log_state> state;
};

sqlite_event_store::sqlite_event_store(database& file, const clock& clock, id_source& ids, event_store_options options)
    : parts_(std::make_unique<parts>(file, clock, ids, std::move(options))) {
    if (!file.is_read_only()) parts_->open_for_writing(*this);
}

sqlite_event_store::~sqlite_event_store() = default;

append_result sqlite_event_store::append(const append_request& request) {
    pending_append mine = parts_->accept(request);
    parts_->writers.join(mine, [this](auto group) { parts_->commit(group); });
    if (mine.failure) std::rethrow_exception(mine.failure);
    parts_->tell_of(mine);
    return *std::move(mine.result);
}

void sqlite_event_store::append_group(std::span<append_attempt> attempts) noexcept {
    for (; !attempts.empty(); attempts = attempts.subspan(std::min(attempts.size(), largest_transaction)))
        parts_->append_together(attempts.first(std::min(attempts.size(), largest_transaction)));
}

page sqlite_event_store::read(const read_query& query, batch_limit limit, event_sink sink) const {
    return parts_->readers.take()->read(query, limit, sink);
}

std::optional<earlier_append> sqlite_event_store::find_append(const event_id& first) const {
    return parts_->readers.take()->find_append(first);
}

global_position sqlite_event_store::head() const { return parts_->readers.take()->head(); }

store_identity sqlite_event_store::identity() const { return parts_->identity; }
event_type_id sqlite_event_store::type_id(event_type type) const { return parts_->types.id_of(type); }
event_type sqlite_event_store::type_of(event_type_id id) const { return parts_->types.type_of(id); }
std::vector<event_type> sqlite_event_store::stored_types() const { return parts_->readers.take()->stored_types(); }
commit_signal& sqlite_event_store::commits() { return parts_->commits; }

std::vector<event_schema> sqlite_event_store::stored_schemas(event_type type) const {
    return parts_->readers.take()->stored_schemas(type);
}

void sqlite_event_store::read_inline(function_ref<void(sql_session&)> use) const {
    auto reader = parts_->readers.take();
    const read_transaction same_rows{reader->db()};
    connection_session rows{reader->db(), access::reader};
    use(rows);
}

}  // namespace foldline::inline v0::sqlite
