#include "dead_letter_rows.hpp"

#include "access_rules.hpp"
#include "read_model_tables.hpp"
#include "row_values.hpp"
#include "savepoint.hpp"
#include "sql_session.hpp"

#include <foldline/core/assert.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <optional>
#include <string>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::string_view columns =
    "order_key, position, stream, version, type, failed, error, attempts, first_failed_at, last_failed_at";

parked_event parked_from(std::string_view projection, const statement& row) {
    parked_event event;
    event.projection = projection;
    event.order_key = row.text(0);
    event.position = global_position{row.integer(1)};
    event.stream = row.text(2);
    event.version = stream_version{row.integer(3)};
    event.type = row.text(4);
    event.why = row.integer(5) != 0 ? parked_event::reason::failed : parked_event::reason::behind;
    event.error = row.text(6);
    event.attempts = static_cast<std::uint32_t>(row.integer(7));
    event.first_failed = timestamp_from(row.integer(8));
    event.last_failed = timestamp_from(row.integer(9));
    return event;
}

bool is_parked(connection& db, std::string_view projection, global_position position) {
    statement& row = db.prepared("select 1 from main.rm_parked where projection = ?1 and position = ?2");
    const reset_at_exit end{row};
    return row.bind_text(1, projection).bind(2, position.value).step();
}

std::size_t count_parked(connection& db, std::string_view projection) {
    statement& row = db.prepared("select count(*) from main.rm_parked where projection = ?1");
    const reset_at_exit end{row};
    row.bind_text(1, projection).step();
    return static_cast<std::size_t>(row.integer(0));
}

void require_room(connection& db, std::string_view projection, std::size_t most) {
    const std::size_t parked = count_parked(db, projection);
    if (parked < most) return;
    throw limit_exceeded(
        fmt::format("parked events of projection {} in {}; replay them, or give them up, before it can "
                    "go on: events",
                    projection, db.file().string()),
        parked + 1, most);
}

void require_definition(connection& db, std::string_view projection, std::string_view definition) {
    const auto found = find_projection(db, projection);
    if (!found)
        throw definition_error(fmt::format("projection {} has no rows in {}: none were ever made, or they were removed",
                                           projection, db.file().string()));
    // Files from before definitions were kept say nothing of it; their rows have the version that was asked for.
    if (found->definition.empty() || found->definition == definition) return;
    throw definition_error(fmt::format(
        "the rows of projection {} in {} were not made by the projection of this program: {}. Replay with the program "
        "that made them, or raise the version of the projection and rebuild it",
        projection, db.file().string(), definition_difference(found->definition, definition)));
}

class sqlite_replay final : public replay_session {
public:
    sqlite_replay(database& file, std::string_view projection, std::string_view order_key, std::string_view definition)
        : lease_(file.lease_writer()), projection_(projection), order_key_(order_key) {
        open_.emplace(lease_->db());
        require_definition(lease_->db(), projection_, definition);
    }

    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override {
        return rows().run(sql, values);
    }
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override {
        rows().query(sql, values, sink);
    }

    [[nodiscard]] std::optional<parked_event> first() override {
        const our_turn turn{*this, "look for the first parked event"};
        statement& row = turn.db.prepared(fmt::format(
            "select {} from main.rm_parked where projection = ?1 and order_key = ?2 order by position limit 1",
            columns));
        const reset_at_exit end{row};
        if (!row.bind_text(1, projection_).bind_text(2, order_key_).step()) return std::nullopt;
        return parked_from(projection_, row);
    }

    void attempt(function_ref<void()> work) override { attempt_in(writer("begin an attempt"), work); }

    void applied() override {
        const our_turn turn{*this, "take out an event that was applied"};
        turn.db
            .prepared(
                "delete from main.rm_parked where projection = ?1 and position = (select min(position) from "
                "main.rm_parked where projection = ?1 and order_key = ?2)")
            .bind_text(1, projection_)
            .bind_text(2, order_key_)
            .run();
        FOLDLINE_ASSERT(turn.db.changes() == 1, "only a parked event is taken out");
    }

    void failed(std::string_view error, timestamp when) override {
        const our_turn turn{*this, "note that a parked event failed"};
        turn.db
            .prepared(
                "update main.rm_parked set failed = 1, error = ?3, attempts = attempts + 1, "
                "first_failed_at = case failed when 1 then first_failed_at else ?4 end, last_failed_at = ?4 "
                "where projection = ?1 and position = (select min(position) from main.rm_parked "
                "where projection = ?1 and order_key = ?2)")
            .bind_text(1, projection_)
            .bind_text(2, order_key_)
            .bind_text(3, error)
            .bind(4, micros(when))
            .run();
        FOLDLINE_ASSERT(turn.db.changes() == 1, "only a parked event fails once more");
    }

    void commit() override {
        try {
            const our_turn turn{*this, "commit"};
            raise_revision(turn.db, projection_);
            open_->change.commit();
            open_.reset();
        } catch (const storage_error& failure) {
            open_.reset();
            settle(*lease_, failure);
            lease_.reset();
            throw;
        }
        lease_.reset();
    }

private:
    struct open_transaction {
        explicit open_transaction(connection& db) : change(db), rows(db, access::user) {}
        transaction change;
        connection_session rows;
    };

    connection_session& rows() {
        FOLDLINE_ASSERT(open_.has_value(), "a replay is at its end when it has committed, or could not");
        return open_->rows;
    }

    connection& writer(std::string_view operation) {
        rows().require_transaction(operation);
        return lease_->db();
    }

    /// Foldline's own statements, wherever they run: perhaps in the sink of one of the user's.
    struct our_turn {
        our_turn(sqlite_replay& replay, std::string_view operation)
            : db(replay.writer(operation)), scope(db, access::foldline) {}
        connection& db;
        access_scope scope;
    };

    std::optional<write_lease> lease_;
    std::optional<open_transaction> open_;  // after the lease, so that it ends before the next writer begins
    std::string projection_;
    std::string order_key_;
};

}  // namespace

void park(connection& db, const parked_event& event, std::size_t most) {
    if (is_parked(db, event.projection, event.position)) return;
    require_room(db, event.projection, most);
    db.prepared(fmt::format("insert into main.rm_parked (projection, {}) values "
                            "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                            columns))
        .bind_text(1, event.projection)
        .bind_text(2, event.order_key)
        .bind(3, event.position.value)
        .bind_text(4, event.stream)
        .bind(5, event.version.value)
        .bind_text(6, event.type)
        .bind(7, std::int64_t{event.why == parked_event::reason::failed})
        .bind_text(8, event.error)
        .bind(9, std::int64_t{event.attempts})
        .bind(10, micros(event.first_failed))
        .bind(11, micros(event.last_failed))
        .run();
}

void forget_parked(connection& db, std::string_view projection) {
    db.prepared("delete from main.rm_parked where projection = ?1").bind_text(1, projection).run();
}

parked_counts sqlite_dead_letter_store::count(std::string_view projection) const {
    const auto reader = readers_.take();
    statement& row = reader->prepared(
        "select count(distinct order_key), count(*) filter (where failed = 1), count(*) filter (where failed = 0) "
        "from main.rm_parked where projection = ?1");
    const reset_at_exit end{row};
    row.bind_text(1, projection).step();
    return {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)),
            static_cast<std::uint64_t>(row.integer(2))};
}

std::vector<parked_event> sqlite_dead_letter_store::list(const parked_query& query) const {
    const bool of_one_key = query.order_key.has_value();
    const auto reader = readers_.take();
    statement& rows = reader->prepared(
        fmt::format("select {} from main.rm_parked where projection = ?1 and position > ?2 and failed >= ?3 {} "
                    "order by position limit ?4",
                    columns, of_one_key ? "and order_key = ?5" : ""));
    const reset_at_exit end{rows};
    rows.bind_text(1, query.projection).bind(2, query.after.value).bind(3, std::int64_t{query.failed_only});
    rows.bind(4, static_cast<std::int64_t>(query.limit));  // what is too large becomes negative: no limit
    if (of_one_key) rows.bind_text(5, *query.order_key);
    std::vector<parked_event> found;
    while (rows.step()) found.push_back(parked_from(query.projection, rows));
    return found;
}

std::vector<std::string> sqlite_dead_letter_store::keys(std::string_view projection) const {
    const auto reader = readers_.take();
    statement& rows =
        reader->prepared("select distinct order_key from main.rm_parked where projection = ?1 order by order_key");
    const reset_at_exit end{rows};
    rows.bind_text(1, projection);
    std::vector<std::string> found;
    while (rows.step()) found.emplace_back(rows.text(0));
    return found;
}

std::vector<dropped_event> sqlite_dead_letter_store::dropped(std::string_view projection, std::size_t limit) const {
    const auto reader = readers_.take();
    statement& rows =
        reader->prepared(fmt::format("select {}, reason, dropped_at from main.rm_dropped where projection = ?1 "
                                     "order by dropped_at desc, position desc limit ?2",
                                     columns));
    const reset_at_exit end{rows};
    rows.bind_text(1, projection).bind(2, static_cast<std::int64_t>(limit));
    std::vector<dropped_event> found;
    while (rows.step())
        found.push_back({parked_from(projection, rows), std::string(rows.text(10)), timestamp_from(rows.integer(11))});
    return found;
}

std::unique_ptr<replay_session> sqlite_dead_letter_store::replay(std::string_view projection,
                                                                 std::string_view order_key,
                                                                 std::string_view definition) {
    return std::make_unique<sqlite_replay>(file_, projection, order_key, definition);
}

bool sqlite_dead_letter_store::drop(std::string_view projection, global_position position, std::string_view reason,
                                    timestamp when) {
    bool found = false;
    write_lease lease = file_.lease_writer();
    in_transaction(lease, [&](connection& db) {
        found = is_parked(db, projection, position);
        if (!found) return;
        // A rebuild may park an event again that was given up before: what was said last counts.
        db.prepared(fmt::format("insert or replace into main.rm_dropped (projection, {0}, reason, dropped_at) "
                                "select projection, {0}, ?3, ?4 from main.rm_parked "
                                "where projection = ?1 and position = ?2",
                                columns))
            .bind_text(1, projection)
            .bind(2, position.value)
            .bind_text(3, reason)
            .bind(4, micros(when))
            .run();
        db.prepared("delete from main.rm_parked where projection = ?1 and position = ?2")
            .bind_text(1, projection)
            .bind(2, position.value)
            .run();
        raise_revision(db, projection);
    });
    return found;
}

}  // namespace foldline::inline v0::sqlite
